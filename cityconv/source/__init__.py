"""What the annotators left: the label table, one JSON document, and the data set around it."""
