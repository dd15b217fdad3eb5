"""What is compared: a piece of work, the tool that does it today, and the cityconv command that does it."""

from __future__ import annotations

from typing import NamedTuple

FIVE_KINDS = ("labelIds", "labelTrainIds", "color", "instanceIds", "instanceTrainIds")


class Comparison(NamedTuple):
    """One piece of work, done twice.

    Attributes:
        work: what comes out.
        peer: how tables call the other tool.
        function: the function that runs it, as `module:name` below `tests.benchmarks.peers`.
        command: the arguments of cityconv, without source and output.
    """

    work: str
    peer: str
    function: str
    command: tuple[str, ...]


def _kinds(*kinds: str) -> tuple[str, ...]:
    return ("labelmap", *(part for kind in kinds for part in ("--kind", kind)))


COMPARISONS = (
    Comparison("labelIds", "cityscapesScripts", "official:label_ids", _kinds("labelIds")),
    Comparison("five label maps", "cityscapesScripts", "official:five_label_maps", _kinds(*FIVE_KINDS)),
    Comparison("COCO, run-length codes", "a mask an object, from ready PNGs", "mask_per_object:coco", ("coco",)),
    Comparison(
        "COCO, polygons", "OpenCV recipe", "opencv_recipe:coco", ("coco", "--segmentation", "polygon")
    ),
    Comparison("YOLO segments", "OpenCV recipe", "opencv_recipe:yolo", ("yolo", "--task", "segment")),
    Comparison("VOC boxes", "OpenCV recipe", "opencv_recipe:voc", ("voc",)),
    Comparison("panoptic", "cityscapesScripts, from ready PNGs", "official:panoptic", ("panoptic",)),
)  # fmt: skip
