"""COCO files as pycocotools reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

if TYPE_CHECKING:
    from tests.consumers.conftest import Convert

FILE = "annotations/instances_train.json"


@pytest.mark.parametrize("task", ["instance", "semantic"])
def test_polygons_decode_to_the_mask_that_the_run_length_codes_decode_to(task: str, convert: Convert) -> None:
    codes, polygons = (
        COCO(str(convert("coco", "--task", task, "--segmentation", kind) / FILE)) for kind in ("rle", "polygon")
    )
    assert codes.anns.keys() == polygons.anns.keys()
    number_of_polygons = 0
    for key, annotation in polygons.anns.items():
        number_of_polygons += isinstance(annotation["segmentation"], list)
        np.testing.assert_array_equal(polygons.annToMask(annotation), codes.annToMask(codes.anns[key]))
    assert number_of_polygons > 20


@pytest.mark.parametrize("segmentation", ["rle", "polygon"])
def test_areas_and_boxes_are_those_of_the_masks(segmentation: str, convert: Convert) -> None:
    coco = COCO(str(convert("coco", "--segmentation", segmentation) / FILE))
    assert coco.anns
    for annotation in coco.anns.values():
        rows, columns = np.nonzero(coco.annToMask(annotation))
        x, y = columns.min(), rows.min()
        assert annotation["area"] == len(rows)
        assert annotation["bbox"] == [x, y, columns.max() - x + 1, rows.max() - y + 1]


@pytest.mark.parametrize("measure", ["segm", "bbox"])
@pytest.mark.parametrize("segmentation", ["rle", "polygon"])
def test_measured_against_itself_the_average_precision_is_1(measure: str, segmentation: str, convert: Convert) -> None:
    coco = COCO(str(convert("coco", "--segmentation", segmentation) / FILE))
    single = coco.loadAnns(coco.getAnnIds(iscrowd=False))
    assert single
    evaluation = COCOeval(coco, coco.loadRes([{**annotation, "score": 0.5} for annotation in single]), measure)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1.0


def test_boxes_alone_are_measured_too(convert: Convert) -> None:
    coco = COCO(str(convert("coco", "--task", "detection") / FILE))
    boxes = [
        {key: annotation[key] for key in ("image_id", "category_id", "bbox")} | {"score": 0.5}
        for annotation in coco.loadAnns(coco.getAnnIds(iscrowd=False))
    ]
    evaluation = COCOeval(coco, coco.loadRes(boxes), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1.0
