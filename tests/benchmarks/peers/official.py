"""cityscapesScripts, called as its command-line tools call it.

Pixels differ from the released ones, because Pillow changed its fill rule; Pillow 12 cannot save the instance maps at
all, so these functions need an older one.
"""

from __future__ import annotations

from pathlib import Path

from cityscapesscripts.preparation.createPanopticImgs import convert2panoptic
from cityscapesscripts.preparation.json2instanceImg import json2instanceImg
from cityscapesscripts.preparation.json2labelImg import json2labelImg

from tests.benchmarks.frames import annotation_files


def label_ids(source: Path, out: Path) -> None:
    """Write the map of label ids of every frame."""
    for file in annotation_files(source):
        json2labelImg(str(file), _named(out, file, "labelIds"), "ids")


def five_label_maps(source: Path, out: Path) -> None:
    """Write the five label maps of every frame."""
    for file in annotation_files(source):
        json2labelImg(str(file), _named(out, file, "labelIds"), "ids")
        json2labelImg(str(file), _named(out, file, "labelTrainIds"), "trainIds")
        json2labelImg(str(file), _named(out, file, "color"), "color")
        json2instanceImg(str(file), _named(out, file, "instanceIds"), "ids")
        json2instanceImg(str(file), _named(out, file, "instanceTrainIds"), "trainIds")


def panoptic(source: Path, out: Path) -> None:
    """Write panoptic PNGs and JSON from ready maps of instance ids."""
    tree = source / "gtFine"
    convert2panoptic(str(tree), str(out), setNames=sorted(folder.name for folder in tree.iterdir()))


def _named(out: Path, file: Path, kind: str) -> str:
    return str(out / file.name.replace("polygons.json", f"{kind}.png"))
