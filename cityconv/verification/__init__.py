"""Comparing the released PNGs, or an output of cityconv, with the annotations."""
