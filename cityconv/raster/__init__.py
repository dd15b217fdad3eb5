"""Pixels and nothing else: arrays in, arrays out; no labels and no files."""
