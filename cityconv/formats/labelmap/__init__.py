"""Label maps."""
