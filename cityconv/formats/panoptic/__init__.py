"""COCO panoptic files."""
