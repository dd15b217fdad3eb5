"""One rasterized frame, and what formats read off it: segments, label values, category ids."""
