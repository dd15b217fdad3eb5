"""Before an output is published: inputs that changed, staged files that vanished, and what an earlier run left."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from cityconv.engine import convert as engine
from cityconv.errors import OutputError, SourceError
from tests.builders import (
    SCENES,
    annotation_path,
    box,
    data_of,
    document,
    street,
    tree_of,
    write_annotation,
    write_images,
    zip_folder,
)
from tests.commands import convert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEYS = sorted(SCENES)
OTHER = document(("truck", box(1, 1, 9, 9)))


def fresh(folder: Path, command: str, source: Path, *options: str | Path) -> dict[str, bytes]:
    """Return the tree of a first run."""
    convert(command, source, "-o", folder / "fresh", *options)
    return tree_of(folder / "fresh")


@contextmanager
def after_frames(number: int, act: Callable[[], object]) -> Iterator[None]:
    """Act once so many frames are converted, as another process might."""

    def acting(results: Iterator[object], *_: object) -> Iterator[object]:
        for count, result in enumerate(results):
            if count == number:
                act()
            yield result
        if number == len(SCENES):
            act()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engine, "track", acting)
        yield


# --overwrite


def test_overwrite_with_other_options_leaves_nothing_of_the_earlier_run(
    source: Path, out: Path, tmp_path: Path
) -> None:
    fewer = ("--city", "aachen", "--classes", "car", "--images", "copy")
    convert("yolo", source, "-o", out, "--images", "copy")
    write_annotation(out / "notes.txt", b"mine")
    write_annotation(out / "labels/train/mine.txt", b"mine")
    convert("yolo", source, "-o", out, *fewer, "--overwrite")
    mine = {"notes.txt": b"mine", "labels/train/mine.txt": b"mine"}
    assert tree_of(out) == fresh(tmp_path, "yolo", source, *fewer) | mine
    assert not (out / "labels/val").exists()


def test_overwrite_without_images_removes_those_of_the_earlier_run_and_keeps_those_of_the_user(
    source: Path, out: Path, tmp_path: Path
) -> None:
    convert("coco", source, "-o", out, "--images", "copy")
    write_annotation(out / "images/train/aachen/mine.png", b"mine")
    convert("coco", source, "-o", out, "--overwrite")
    assert tree_of(out) == fresh(tmp_path, "coco", source) | {"images/train/aachen/mine.png": b"mine"}


def test_overwrite_keeps_a_file_of_the_user_in_a_folder_of_masks(source: Path, out: Path, tmp_path: Path) -> None:
    convert("labelmap", source, "-o", out, "--kind", "masks")
    (folder, *_) = (path.parent for path in out.rglob("*_masks/*.png"))
    write_annotation(folder / "mine.png", b"mine")
    for key in KEYS:
        write_annotation(annotation_path(source, key), OTHER)
    convert("labelmap", source, "-o", out, "--kind", "masks", "--overwrite")
    mine = {str((folder / "mine.png").relative_to(out)): b"mine"}
    assert tree_of(out) == fresh(tmp_path, "labelmap", source, "--kind", "masks") | mine


def test_overwrite_keeps_the_output_of_another_format_in_the_folder(source: Path, out: Path) -> None:
    convert("coco", source, "-o", out, "--images", "copy")
    coco = data_of(tree_of(out))
    convert("panoptic", source, "-o", out, "--images", "copy", "--overwrite")
    both = data_of(tree_of(out))
    convert("panoptic", source, "-o", out, "--split", "val", "--overwrite")
    now = data_of(tree_of(out))
    assert coco.items() <= both.items()
    assert coco.items() <= now.items()
    assert len(coco) < len(now) < len(both)


def test_a_folder_where_a_file_of_the_earlier_run_was_is_kept(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out)
    path = next(out.rglob("*munster*_labelIds.png"))
    path.unlink()
    write_annotation(path / "mine", b"mine")
    convert("labelmap", source, "-o", out, "--city", "aachen", "--overwrite")
    assert (path / "mine").read_bytes() == b"mine"


# Inputs that change


@pytest.mark.parametrize("frames", [0, 2, len(SCENES)])
def test_a_zip_that_is_replaced_during_the_run_is_an_error_and_resume_reads_the_new_one(
    frames: int, source: Path, out: Path, tmp_path: Path
) -> None:
    shutil.rmtree(source / "leftImg8bit")
    archive = zip_folder(source, tmp_path / "gtFine.zip")
    for key in KEYS:
        write_annotation(annotation_path(source, key), street(3))
    new = zip_folder(source, tmp_path / "new/gtFine.zip")
    with after_frames(frames, lambda: new.rename(archive)), pytest.raises(SourceError, match="changed") as caught:
        convert("coco", archive, "-o", out)
    assert str(archive) in str(caught.value)
    assert data_of(tree_of(out)).keys() == {".cityconv/journal"}
    convert("coco", archive, "-o", out, "--resume")
    assert tree_of(out) == fresh(tmp_path, "coco", source)


def test_a_zip_that_is_replaced_and_put_back_is_an_error_and_resume_converts_what_was_read_from_the_other(
    source: Path, out: Path, tmp_path: Path
) -> None:
    shutil.rmtree(source / "leftImg8bit")
    archive = zip_folder(source, tmp_path / "gtFine.zip")
    expected = fresh(tmp_path, "coco", source)
    for key in KEYS[2:]:
        write_annotation(annotation_path(source, key), street(3))
    new = zip_folder(source, tmp_path / "new/gtFine.zip")
    old = tmp_path / "old.zip"

    def swap() -> None:
        archive.rename(old)
        new.rename(archive)

    with after_frames(1, swap), pytest.raises(SourceError):
        convert("coco", archive, "-o", out)
    old.replace(archive)
    convert("coco", archive, "-o", out, "--resume")
    assert tree_of(out) == expected


@pytest.mark.parametrize("keeps_time", [False, True])
def test_an_annotation_that_changes_during_the_run_is_an_error_and_resume_converts_it_again(
    keeps_time: bool, source: Path, out: Path, tmp_path: Path
) -> None:
    path = annotation_path(source, KEYS[0])
    status = path.stat()

    def edit() -> None:
        path.write_bytes(path.read_bytes().replace(b'"person"', b'"sky"   '))
        if keeps_time:
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    path = annotation_path(source, KEYS[1])
    status = path.stat()
    with after_frames(3, edit), pytest.raises(SourceError, match="changed during the run") as caught:
        convert("labelmap", source, "-o", out)
    assert str(path) in str(caught.value)
    assert caught.value.hint == "--resume converts what changed again"
    assert (
        "converted again because their annotation files changed: 1"
        in convert("labelmap", source, "-o", out, "--resume").err
    )
    assert tree_of(out) == fresh(tmp_path, "labelmap", source)


@pytest.mark.parametrize("images", ["copy", "symlink", "hardlink"])
def test_an_image_that_is_replaced_during_the_run_is_an_error(
    images: str, source: Path, out: Path, tmp_path: Path
) -> None:
    write_images(tmp_path / "new", KEYS[0], shade=7)
    path = source / f"leftImg8bit/{KEYS[0]}_leftImg8bit.png"
    new = tmp_path / f"new/{KEYS[0]}_leftImg8bit.png"
    line = ("yolo", source, "-o", out, "--images", images)
    with after_frames(3, lambda: new.replace(path)), pytest.raises(SourceError, match="changed during the run"):
        convert(*line)
    convert(*line, "--resume")
    assert tree_of(out) == fresh(tmp_path, "yolo", source, "--images", images)


def test_an_annotation_that_is_gone_at_the_end_is_an_error(source: Path, out: Path) -> None:
    path = annotation_path(source, KEYS[0])
    with after_frames(3, path.unlink), pytest.raises(SourceError, match="changed during the run"):
        convert("labelmap", source, "-o", out)


@pytest.mark.parametrize("option", [(), ("--checksum",)])
def test_an_edit_that_keeps_size_and_time_is_noticed_by_resume(
    option: tuple[str, ...], source: Path, out: Path, tmp_path: Path
) -> None:
    path = annotation_path(source, KEYS[1])
    status = path.stat()
    with after_frames(3, lambda: 1 / 0), pytest.raises(ZeroDivisionError):
        convert("labelmap", source, "-o", out)
    path.write_bytes(path.read_bytes().replace(b'"person"', b'"sky"   '))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    convert("labelmap", source, "-o", out, "--resume", *option)
    assert tree_of(out) == fresh(tmp_path, "labelmap", source)


# Staged files


def staged(out: Path) -> list[Path]:
    return sorted((out / ".cityconv/frames").rglob("*.png"))


@pytest.mark.parametrize("damage", ["remove", "cut", "empty", "all"])
def test_staged_files_that_vanish_or_are_cut_are_an_error_and_resume_writes_them_again(
    damage: str, source: Path, out: Path, tmp_path: Path
) -> None:
    def act() -> None:
        path = staged(out)[0]
        if damage == "remove":
            path.unlink()
        elif damage == "all":
            shutil.rmtree(out / ".cityconv/frames/gtFine")
        else:
            os.truncate(path, 9 if damage == "cut" else 0)

    with after_frames(len(SCENES), act), pytest.raises(OutputError, match=r"has disappeared|bytes, and") as caught:
        convert("labelmap", source, "-o", out)
    assert "--resume continues" in caught.value.hint
    assert not list(out.glob("gtFine"))
    assert "because their staged files were lost" in convert("labelmap", source, "-o", out, "--resume").err
    assert tree_of(out) == fresh(tmp_path, "labelmap", source)


@pytest.mark.parametrize("images", ["copy", "symlink", "hardlink"])
def test_a_staged_file_that_vanishes_is_not_taken_from_the_output_that_is_replaced(
    images: str, source: Path, out: Path, tmp_path: Path
) -> None:
    convert("yolo", source, "-o", out, "--images", "copy")
    write_images(source / "leftImg8bit", *SCENES, shade=91)
    line = ("yolo", source, "-o", out, "--images", images)
    with (
        after_frames(len(SCENES), lambda: staged(out)[0].unlink()),
        pytest.raises(OutputError, match="has disappeared"),
    ):
        convert(*line, "--overwrite")
    convert(*line, "--resume")
    assert tree_of(out) == fresh(tmp_path, "yolo", source, "--images", images)
    assert all(path.is_symlink() == (images == "symlink") for path in out.rglob("*.png"))


def test_staged_files_that_the_run_did_not_write_are_not_published(source: Path, out: Path, tmp_path: Path) -> None:
    options = ("--kind", "masks")
    path = out / f".cityconv/frames/gtFine/{KEYS[1]}_gtFine_masks/truck.png"
    with after_frames(len(SCENES), lambda: write_annotation(path, b"of another run")):
        convert("labelmap", source, "-o", out, *options)
    assert tree_of(out) == fresh(tmp_path, "labelmap", source, *options)


def test_resume_checks_the_content_of_staged_files(source: Path, out: Path, tmp_path: Path) -> None:
    with after_frames(4, lambda: 1 / 0), pytest.raises(ZeroDivisionError):
        convert("labelmap", source, "-o", out)
    first, second, *_ = staged(out)
    first.write_bytes(bytes(first.stat().st_size))
    second.unlink()
    assert "because their staged files were lost: 2\n" in convert("labelmap", source, "-o", out, "--resume").err
    assert tree_of(out) == fresh(tmp_path, "labelmap", source)
