"""The version of cityconv."""

__version__ = "0.1.0"
