"""Outputs of recipes: tables of TOML, to stand below the keys that all outputs share."""

BOXES_AND_OUTLINES = """
[outputs.coco]
[outputs.polygons]
format = "coco"
segmentation = "polygon"
[outputs.panoptic]
[outputs.detect]
format = "yolo"
[outputs.segment]
format = "yolo"
task = "segment"
[outputs.obb]
format = "yolo"
task = "obb"
"""
VOC = """
[outputs.voc]
task = "instance"
"""
MAPS = """
[outputs.labelmap]
kind = ["labelIds", "labelTrainIds", "instanceIds", "instanceTrainIds", "color", "categoryIds", "masks"]
"""
WALKS = """
[outputs.cityscapes]
classes = "labels"
"""
