"""The kinds of label map."""

from enum import StrEnum


class LabelMapKind(StrEnum):
    """What the pixels of a label map are; the values are the endings of the released file names."""

    LABEL_IDS = "labelIds"
    LABEL_TRAIN_IDS = "labelTrainIds"
    INSTANCE_IDS = "instanceIds"
    INSTANCE_TRAIN_IDS = "instanceTrainIds"
    COLOR = "color"
    CATEGORY_IDS = "categoryIds"
    MASKS = "masks"
