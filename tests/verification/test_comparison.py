"""Frames that cannot be compared: each becomes a finding, and the others are compared."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from cityconv.check.findings import Check, Checked, Finding
from cityconv.engine.executors import Workers
from cityconv.errors import AnnotationError
from cityconv.source.frame import Frame
from cityconv.source.layout import find_frames
from cityconv.verification.comparison import compare_frames
from tests.builders import SCENES, write_dataset

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def frames(tmp_path: Path) -> list[Frame]:
    return find_frames(write_dataset(tmp_path, SCENES))


def fail(frame: Frame) -> Checked:
    """Fail in one frame, kill the process in others, and find something in the rest."""
    if "aachen_000000" in frame.where:
        raise IndexError("\x1b out of range")
    if "ulm" in frame.where:
        raise MemoryError
    if "aachen_000001" in frame.where and os.environ.get("KILLS"):
        os.kill(os.getpid(), signal.SIGKILL)
    return Checked(frame, {"rows": 1}, [Finding("value", frame.where, "found")])


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_in_a_frame_becomes_a_finding(jobs: int, frames: list[Frame]) -> None:
    check = Check("test", frames, fail)
    check.take(list(compare_frames(check, Workers(jobs))))
    messages = [finding.message for finding in check.findings]
    assert sorted(messages) == [
        "cannot be compared: IndexError: \x1b out of range", "cannot be compared: out of memory", *["found"] * 3,
    ]  # fmt: skip
    assert check.compared == {"rows": 3}


def test_a_worker_that_dies_costs_one_frame(frames: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KILLS", "yes")
    check = Check("test", frames, fail)
    check.take(list(compare_frames(check, Workers(2))))
    assert len(check.findings) == len(frames)
    (killed,) = [finding for finding in check.findings if "signal 9" in finding.message]
    assert "aachen_000001" in killed.file
    assert killed.kind == "unreadable"


def test_many_findings_in_a_frame_are_abridged(frames: list[Frame]) -> None:
    check = Check("test", frames[:1], lambda frame: Checked(frame, {}, [Finding("value", "", "")] * 20_000))
    (result,) = compare_frames(check, Workers(1))
    assert len(result.findings) == 10_001


def test_errors_of_the_user_are_raised(frames: list[Frame]) -> None:
    def refuse(frame: Frame) -> Checked:
        raise AnnotationError("no")

    with pytest.raises(AnnotationError):
        list(compare_frames(Check("test", frames, refuse), Workers(1)))
