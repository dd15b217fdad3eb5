"""YOLO text files."""
