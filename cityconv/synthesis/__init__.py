"""A synthetic data set in the Cityscapes layout, generated from a seed, to try the converters on."""
