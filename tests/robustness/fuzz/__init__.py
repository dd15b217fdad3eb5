"""Random input to the reader of annotations, and to the conversion of annotations to every format."""
