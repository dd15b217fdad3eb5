"""Random input: for the reader alone, and for the whole road from an annotation to every format."""
