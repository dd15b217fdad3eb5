"""The statistics as a page for the browser, in one file that needs no network."""
