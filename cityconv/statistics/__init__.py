"""What is in a data set: objects, pixels and sizes, counted frame by frame and summed."""
