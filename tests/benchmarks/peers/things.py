"""The classes that COCO, YOLO and VOC outputs of Cityscapes usually have."""

IDS = {"person": 24, "rider": 25, "car": 26, "truck": 27, "bus": 28, "train": 31, "motorcycle": 32, "bicycle": 33}
NAMES = {number: name for name, number in IDS.items()}
CATEGORIES = [{"id": number, "name": name} for name, number in IDS.items()]
