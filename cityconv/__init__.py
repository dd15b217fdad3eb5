"""Cityscapes polygon annotations to COCO, panoptic, YOLO, Pascal VOC and label-map PNGs."""

__version__ = "0.1.0"
