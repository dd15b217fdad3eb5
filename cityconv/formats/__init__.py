"""How outputs are written: one module a format."""
