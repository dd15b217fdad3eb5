"""The version of cityconv, for every room."""

__version__ = "0.1.0"
