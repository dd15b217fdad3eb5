"""Other people's readers: what each is given, and how it loads that. `docs/readers.md` shows them."""

from __future__ import annotations

from dataclasses import dataclass

SAMPLE = "cityconv sample city --frames 8 --images"  # what the readers' commands convert


@dataclass(frozen=True)
class Reader:
    """One reader of one output.

    Attributes:
        framework: its name, and the class or function that loads.
        version: the tested version as a requirement, `name==version`; of a reader that is not run, the one looked at.
        command: the command that writes what it loads.
        code: Python that loads the output as it was written, from the folder of the command, and sets `images` and
            `objects`, or one of them.
        images: how many images it finds; None if it does not count them.
        objects: how many objects it finds; None if it does not count them.
        reason: empty, or why it does not load everything, or why it was not run: then without code.
    """

    framework: str
    version: str
    command: str
    code: str = ""
    images: int | None = None
    objects: int | None = None
    reason: str = ""


_TORCHVISION = "torchvision==0.28.0"
_MAPS = "cityconv labelmap city -o maps --kind labelIds --kind instanceIds --kind color --images hardlink"
_VOC = "cityconv voc city -o voc --task instance --images copy"

READERS = (
    Reader(
        "torchvision `Cityscapes`",
        _TORCHVISION,
        _MAPS,
        """\
import numpy as np
from torchvision.datasets import Cityscapes

data = Cityscapes("maps", "train", "fine", ["semantic", "instance", "color"])
images = len(data)
objects = sum((np.unique(instance) >= 1000).sum() for _, (_, instance, _) in data)
""",
        images=4,
        objects=53,
    ),
    Reader(
        "torchvision `VOCDetection`",
        _TORCHVISION,
        _VOC,
        """\
from torchvision.datasets import VOCDetection

data = VOCDetection("voc", "2012", "train")
images = len(data)
objects = sum(len(target["annotation"]["object"]) for _, target in data)
""",
        images=4,
        objects=59,
    ),
    Reader(
        "torchvision `VOCSegmentation`",
        _TORCHVISION,
        _VOC,
        """\
from torchvision.datasets import VOCSegmentation

data = VOCSegmentation("voc", "2012", "train")
images = sum(mask.mode == "P" and mask.size == image.size for image, mask in data)
""",
        images=4,
    ),
)
