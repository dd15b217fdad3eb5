"""COCO files of the release, read back as a source and written again: the same annotations."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commands import cityconv

SOURCE = Path(os.environ.get("CITYSCAPES_DATASET", ""))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not os.environ.get("CITYSCAPES_DATASET"), reason="CITYSCAPES_DATASET is not set"),
]


def test_what_is_written_again_is_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for source, out in ((SOURCE, first), (first, second)):
        outcome = cityconv("coco", source, "-o", out, "--split", "train", "--split", "val")
        assert outcome.status == 0, outcome.err
        assert "64,475 annotations" in outcome.err
    for name in ("instances_train.json", "instances_val.json"):
        assert (second / "annotations" / name).read_bytes() == (first / "annotations" / name).read_bytes()
