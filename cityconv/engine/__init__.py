"""Converting many frames: workers, output folders that are complete or untouched, progress, reports."""
