"""CSV tables: one row per object or class."""
