"""What `--resume` and `--overwrite` do after an interruption. The runs are interrupted in this process."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from cityconv.source.frame import Frame
from tests.builders import SCENES, annotation_path, document, tree_of, write_annotation, write_dataset
from tests.commands import Outcome, invoke
from tests.robustness.faults.running import run_here

if TYPE_CHECKING:
    from pathlib import Path

KEYS = sorted(SCENES)
OPTIONS = ("-j", "1", "--kind", "instanceIds")
OTHER_SCENE = document(("car", [[0, 0], [9, 0], [9, 9]]))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def interrupted(source: Path, out: Path) -> Path:
    """The output of a run that was interrupted at the last frame."""
    interrupt_at_last_frame("labelmap", source, "-o", out, *OPTIONS)
    return out


def interrupt_at_last_frame(*arguments: str | Path) -> None:
    read = Frame.read

    def read_or_interrupt(frame: Frame) -> bytes:
        if frame.name == KEYS[-1].rpartition("/")[2]:
            raise KeyboardInterrupt
        return read(frame)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Frame, "read", read_or_interrupt)
        assert invoke(*arguments).status != 0


def interrupt_after(moves: int) -> object:
    """Return an `os.replace` that raises KeyboardInterrupt after so many files."""
    replace, remaining = os.replace, iter(range(moves))

    def limited(source: str, target: Path) -> None:
        if next(remaining, None) is None:
            raise KeyboardInterrupt
        replace(source, target)

    return limited


def uninterrupted(source: Path, *options: str) -> dict[str, bytes]:
    """Return the files of a run without interruption."""
    folder = source.parent / "complete"
    assert invoke("labelmap", source, "-o", folder, "--overwrite", *(options or OPTIONS)).status == 0
    return tree_of(folder)


def resume(source: Path, out: Path, *options: str | Path) -> Outcome:
    outcome = run_here("labelmap", source, "-o", out, "--resume", *(options or OPTIONS))
    assert outcome.status == 0, outcome.err
    return outcome


def test_an_interrupted_run_shows_no_output(interrupted: Path) -> None:
    assert [path.name for path in interrupted.iterdir()] == [".cityconv"]


def test_resumed_it_converts_only_what_is_missing_and_counts_all(
    interrupted: Path, source: Path, tmp_path: Path
) -> None:
    reports = [tmp_path / "resumed.json", tmp_path / "complete.json"]
    resume(source, interrupted, *OPTIONS, "--report", reports[0])
    assert tree_of(interrupted) == uninterrupted(source, *OPTIONS, "--report", str(reports[1]))
    resumed, complete = (json.loads(report.read_bytes()) for report in reports)
    frames = resumed["frames"]
    assert (frames["converted"], frames["resumed"]) == (len(KEYS), len(KEYS) - 1)
    assert (resumed["objects"], resumed["outputs"]) == (complete["objects"], complete["outputs"])


def test_resumed_with_more_workers_coco_is_the_same_file(source: Path, out: Path, tmp_path: Path) -> None:
    interrupt_at_last_frame("coco", source, "-o", out, "-j", "1")
    assert run_here("coco", source, "-o", out, "--resume", "-j", "2").status == 0
    assert run_here("coco", source, "-o", tmp_path / "complete", "-j", "1").status == 0
    assert tree_of(out) == tree_of(tmp_path / "complete")


def test_without_resume_it_is_refused_and_kept(interrupted: Path, source: Path) -> None:
    before = tree_of(interrupted)
    outcome = run_here("labelmap", source, "-o", interrupted, *OPTIONS)
    assert outcome.status == 1
    assert outcome.err.startswith(f"error: {interrupted}: contains an unfinished run\nhint: --resume")
    assert tree_of(interrupted) == before


def test_overwrite_starts_over(interrupted: Path, source: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    outcome = run_here("labelmap", source, "-o", interrupted, *OPTIONS, "--overwrite", "--report", report)
    assert outcome.status == 0
    assert tree_of(interrupted) == uninterrupted(source)
    assert json.loads(report.read_bytes())["frames"]["resumed"] == 0


def test_a_changed_annotation_is_converted_again(interrupted: Path, source: Path) -> None:
    write_annotation(annotation_path(source, KEYS[0]), OTHER_SCENE)
    messages = resume(source, interrupted).err
    assert "frames converted again because their annotation files changed: 1\n" in messages
    assert tree_of(interrupted) == uninterrupted(source)


def test_with_other_options_it_starts_over(interrupted: Path, source: Path) -> None:
    messages = resume(source, interrupted, "-j", "1", "--kind", "color").err
    assert "starting over" in messages
    assert tree_of(interrupted) == uninterrupted(source, "-j", "1", "--kind", "color")


def test_with_a_new_frame_it_starts_over(interrupted: Path, source: Path) -> None:
    write_annotation(annotation_path(source, "train/zurich/zurich_000000_000019"), document())
    assert "starting over" in resume(source, interrupted).err
    assert tree_of(interrupted) == uninterrupted(source)


def test_resume_without_an_unfinished_run_is_an_ordinary_run(source: Path, out: Path) -> None:
    resume(source, out)
    assert tree_of(out) == uninterrupted(source)


@pytest.mark.parametrize("left", [[], ["frames/"], ["frames/", "dataset/"], ["frames/", "dataset/", "journal"]])
def test_interrupted_before_its_first_frame_it_is_resumed(left: list[str], source: Path, out: Path) -> None:
    (out / ".cityconv").mkdir(parents=True)
    for name in left:
        path = out / ".cityconv" / name
        path.mkdir() if name.endswith("/") else path.touch()
    resume(source, out)
    assert tree_of(out) == uninterrupted(source)


@pytest.mark.parametrize("left", [[], ["complete"]])
def test_interrupted_while_removing_its_staging_area_it_is_resumed(left: list[str], source: Path, out: Path) -> None:
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    (out / ".cityconv").mkdir()
    for name in left:
        (out / ".cityconv" / name).touch()
    resume(source, out)
    assert tree_of(out) == uninterrupted(source)


def test_a_run_with_overwrite_is_resumed_without_repeating_the_option(source: Path, out: Path) -> None:
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    write_annotation(annotation_path(source, KEYS[0]), OTHER_SCENE)
    interrupt_at_last_frame("labelmap", source, "-o", out, *OPTIONS, "--overwrite")
    resume(source, out)
    assert tree_of(out) == uninterrupted(source)


MOVES = len(KEYS) + 2  # a map for each frame, the records, and the manifest


@pytest.mark.parametrize("moves", range(MOVES + 1))
def test_interrupted_while_replacing_an_output_it_is_completed_by_resume(
    moves: int, source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    for key in KEYS:
        write_annotation(annotation_path(source, key), OTHER_SCENE)
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", interrupt_after(moves))
        is_interrupted = invoke("labelmap", source, "-o", out, *OPTIONS, "--overwrite").status != 0
    assert is_interrupted == (moves < MOVES)
    if is_interrupted:
        resume(source, out)
    assert tree_of(out) == uninterrupted(source)


def test_interrupted_while_replacing_an_output_and_resumed_with_other_options_it_is_replaced_again(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = (*OPTIONS, "--classes", "eval")
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", interrupt_after(0))
        assert invoke("labelmap", source, "-o", out, *OPTIONS, "--overwrite").status != 0
    resume(source, out, *others)
    assert tree_of(out) == uninterrupted(source, *others) != uninterrupted(source)
