"""The functions of the public API, which do what the commands do, and frames to iterate over."""
