"""Label tables: the labels of a data set as data, built in or read from a file."""
