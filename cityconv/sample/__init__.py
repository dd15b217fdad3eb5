"""A synthetic data set in the Cityscapes layout, generated from a seed, to try the converters on."""

from cityconv.sample.files import SampleFile, make, render
from cityconv.sample.layout import SampleFrame, sample_frames

__all__ = ["SampleFile", "SampleFrame", "make", "render", "sample_frames"]
