"""A plan over many frames: workers, output that is whole or absent, progress, report."""
