"""Category ids: what a format that does not number classes itself hints at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.frame.category_ids import numbered
from cityconv.source.classes import select_classes
from tests.builders import write_dataset
from tests.commands import run_inline

if TYPE_CHECKING:
    from pathlib import Path


def test_a_hint_names_a_scheme_that_the_format_has() -> None:
    selection = select_classes("labels", "crowd")
    for scheme in ("train", "color"):
        with pytest.raises(UsageError) as caught:
            numbered(selection, scheme)
        assert "contiguous" in caught.value.hint
        with pytest.raises(UsageError) as caught:
            numbered(selection, scheme, has_contiguous=False)
        assert "contiguous" not in caught.value.hint


def test_panoptic_does_not_hint_at_a_scheme_that_it_does_not_have(tmp_path: Path) -> None:
    write_dataset(tmp_path / "source")
    options = ("--classes", "labels", "--category-ids", "train")
    outcome = run_inline("panoptic", tmp_path / "source", "-o", tmp_path / "out", *options)
    assert outcome.status == 2
    assert "has no train id\nhint: --classes selects classes that have one\n" in outcome.err
