"""Polygon JSON in the form of Cityscapes, from which the same pixels are drawn again."""
