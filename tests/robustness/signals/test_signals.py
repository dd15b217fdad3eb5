"""Runs that are interrupted, and what goes on from there."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.builders import SCENES, annotation_path, document, tree_of, write_annotation, write_dataset
from tests.commands import Outcome, cityconv, invoke
from tests.robustness.signals.held import held_run

if TYPE_CHECKING:
    from pathlib import Path

KEYS = sorted(SCENES)
LAST = KEYS[-1]
OPTIONS = ("-j", "1", "--kind", "instanceIds")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def interrupted(source: Path, out: Path) -> Path:
    """The output of a run that was killed at the last frame."""
    with held_run(LAST, "labelmap", source, "-o", out, *OPTIONS) as run:
        run.end()
    return out


def whole(source: Path, *options: str) -> dict[str, bytes]:
    """Return what a run without interruption writes."""
    folder = source.parent / "whole"
    assert invoke("labelmap", source, "-o", folder, "--overwrite", *(options or OPTIONS)).status == 0
    return tree_of(folder)


def resume(source: Path, out: Path, *options: str | Path) -> Outcome:
    outcome = cityconv("labelmap", source, "-o", out, "--resume", *(options or OPTIONS))
    assert outcome.status == 0, outcome.err
    return outcome


def test_an_interrupted_run_shows_no_output(interrupted: Path) -> None:
    assert [path.name for path in interrupted.iterdir()] == [".cityconv"]


def test_resumed_it_writes_what_it_would_have_written_and_does_only_what_is_missing(
    interrupted: Path, source: Path, tmp_path: Path
) -> None:
    resume(source, interrupted, *OPTIONS, "--report", tmp_path / "report.json")
    assert tree_of(interrupted) == whole(source)
    frames = json.loads((tmp_path / "report.json").read_bytes())["frames"]
    assert (frames["converted"], frames["resumed"]) == (len(KEYS), len(KEYS) - 1)


def test_resumed_it_counts_what_was_done_before(interrupted: Path, source: Path, tmp_path: Path) -> None:
    reports = [tmp_path / "resumed.json", tmp_path / "whole.json"]
    resume(source, interrupted, *OPTIONS, "--report", reports[0])
    whole(source, *OPTIONS, "--report", str(reports[1]))
    resumed, anew = (json.loads(report.read_bytes()) for report in reports)
    assert (resumed["objects"], resumed["outputs"]) == (anew["objects"], anew["outputs"])


def test_coco_resumed_is_the_same_file(source: Path, out: Path, tmp_path: Path) -> None:
    with held_run(LAST, "coco", source, "-o", out, "-j", "1") as run:
        run.end()
    assert cityconv("coco", source, "-o", out, "--resume", "-j", "2").status == 0
    assert cityconv("coco", source, "-o", tmp_path / "whole").status == 0
    assert tree_of(out) == tree_of(tmp_path / "whole")


def test_without_resume_it_is_refused_and_stays_as_it_is(interrupted: Path, source: Path) -> None:
    before = tree_of(interrupted)
    outcome = cityconv("labelmap", source, "-o", interrupted, *OPTIONS)
    assert outcome.status == 1
    assert outcome.err.startswith(f"error: {interrupted}: contains an unfinished run\nhint: --resume")
    assert tree_of(interrupted) == before


def test_overwriting_starts_anew(interrupted: Path, source: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    outcome = cityconv("labelmap", source, "-o", interrupted, *OPTIONS, "--overwrite", "--report", report)
    assert outcome.status == 0
    assert tree_of(interrupted) == whole(source)
    assert json.loads(report.read_bytes())["frames"]["resumed"] == 0


def test_a_file_that_changed_since_is_converted_again(interrupted: Path, source: Path) -> None:
    write_annotation(annotation_path(source, KEYS[0]), document(("car", [[0, 0], [9, 0], [9, 9]])))
    said = resume(source, interrupted).err
    assert "frames converted again because their annotation files changed: 1\n" in said
    assert tree_of(interrupted) == whole(source)


def test_other_options_start_anew(interrupted: Path, source: Path) -> None:
    said = resume(source, interrupted, "-j", "1", "--kind", "color").err
    assert "starting over" in said
    assert tree_of(interrupted) == whole(source, "-j", "1", "--kind", "color")


def test_a_frame_that_is_new_starts_anew(interrupted: Path, source: Path) -> None:
    write_annotation(annotation_path(source, "train/zurich/zurich_000000_000019"), document())
    resume(source, interrupted)
    assert tree_of(interrupted) == whole(source)


def test_resuming_where_nothing_was_begun_is_an_ordinary_run(source: Path, out: Path) -> None:
    resume(source, out)
    assert tree_of(out) == whole(source)


def test_a_run_that_was_killed_before_its_first_frame_can_be_resumed(source: Path, out: Path) -> None:
    (out / ".cityconv").mkdir(parents=True)
    resume(source, out)
    assert tree_of(out) == whole(source)


@pytest.mark.parametrize("left", [[], ["complete"]])
def test_a_run_that_was_killed_while_it_cleared_up_can_be_resumed(left: list[str], source: Path, out: Path) -> None:
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    (out / ".cityconv").mkdir()
    for name in left:
        (out / ".cityconv" / name).touch()
    resume(source, out)
    assert tree_of(out) == whole(source)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_with_status_130_and_without_a_traceback(jobs: str, source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", jobs) as run:
        os.killpg(run.process.pid, signal.SIGINT)  # as a terminal sends it: to workers too
        status, said = run.finish()
    assert status == 130
    assert "Traceback" not in said
    resume(source, out, "-j", "1")
    assert tree_of(out) == whole(source, "-j", "1")


def test_a_request_to_end_is_followed_and_the_run_can_be_resumed(source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", "2") as run:
        run.process.terminate()
        status, said = run.finish()
    assert status == 128 + signal.SIGTERM
    assert "Traceback" not in said
    resume(source, out, "-j", "1")
    assert tree_of(out) == whole(source, "-j", "1")


def test_a_worker_that_is_killed_is_told_with_the_file_it_was_on(source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, "-j", "2") as run:
        run.worker().kill()
        status, said = run.finish()
    assert status == 1
    assert said.startswith(f"error: {annotation_path(source, LAST)}: the worker process was killed by signal 9\nhint: ")
    resume(source, out, "-j", "1")
    assert tree_of(out) == whole(source, "-j", "1")


def test_a_second_run_is_refused_while_the_first_is_at_work_and_does_not_disturb_it(source: Path, out: Path) -> None:
    with held_run(LAST, "labelmap", source, "-o", out, *OPTIONS) as run:
        second = cityconv("labelmap", source, "-o", out, *OPTIONS, "--overwrite")
        run.release()
        status, said = run.finish()
    assert (second.status, second.err) == (1, f"error: {out}: another run is writing to this folder\n")
    assert status == 0, said
    assert tree_of(out) == whole(source)


def test_a_run_that_may_replace_is_gone_on_with_without_saying_so_again(source: Path, out: Path) -> None:
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    write_annotation(annotation_path(source, KEYS[0]), document(("car", [[0, 0], [9, 0], [9, 9]])))
    with held_run(LAST, "labelmap", source, "-o", out, *OPTIONS, "--overwrite") as run:
        run.end()
    resume(source, out)
    assert tree_of(out) == whole(source)


@pytest.mark.parametrize("moves", range(6))
def test_interrupted_while_replacing_an_output_it_is_completed_by_resuming(
    moves: int, source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    for key in KEYS:
        write_annotation(annotation_path(source, key), document(("car", [[0, 0], [9, 0], [9, 9]])))
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", interrupt_after(moves))
        is_interrupted = invoke("labelmap", source, "-o", out, *OPTIONS, "--overwrite").status != 0
    assert is_interrupted == (moves < len(KEYS))
    if is_interrupted:
        resume(source, out)
    assert tree_of(out) == whole(source)


def test_interrupted_while_replacing_it_is_replaced_by_what_other_options_make(
    source: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = (*OPTIONS, "--classes", "eval")
    assert invoke("labelmap", source, "-o", out, *OPTIONS).status == 0
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", interrupt_after(0))
        assert invoke("labelmap", source, "-o", out, *OPTIONS, "--overwrite").status != 0
    resume(source, out, *others)
    assert tree_of(out) == whole(source, *others) != whole(source)


def interrupt_after(moves: int) -> object:
    """Return an `os.replace` that is interrupted when it has moved so many files."""
    replace, left = os.replace, iter(range(moves))

    def limited(source: str, target: Path) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        replace(source, target)

    return limited
