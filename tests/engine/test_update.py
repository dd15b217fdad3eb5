"""`--update` ends in the tree of a fresh run; `--resume` on a complete output says so, or what differs."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from cityconv.engine.frame_work import ConvertFrame
from cityconv.errors import OutputError, UsageError
from tests.builders import (
    SCENES,
    annotation_path,
    box,
    document,
    street,
    tree_of,
    write_annotation,
    write_dataset,
    write_images,
    zip_folder,
)
from tests.commands import convert, invoke
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cityconv.engine.journal import FrameResult
    from cityconv.source.frame import Frame

KEYS = sorted(SCENES)
OTHER = document(("truck", box(1, 1, 9, 9)))
COMMANDS = {
    "coco": ("coco", "--images", "copy"),
    "coco links": ("coco", "--images", "symlink"),
    "panoptic": ("panoptic",),
    "yolo": ("yolo", "--task", "segment"),
    "voc": ("voc", "--task", "instance", "--images", "copy"),
    "csv": ("csv",),
    "masks": ("labelmap", "--kind", "masks", "--kind", "color"),
    "raw": ("coco", "--classes", "raw"),
}
LINES = pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS.keys())


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The frames that are converted, in the order of conversion."""
    names: list[str] = []
    convert_frame = ConvertFrame.__call__

    def note(self: ConvertFrame, item: tuple[int, Frame], /) -> FrameResult:
        names.append("/".join(item[1].key))
        return convert_frame(self, item)

    monkeypatch.setattr(ConvertFrame, "__call__", note)
    return names


def assert_like_fresh(out: Path, command: str, source: Path, *options: str | Path) -> None:
    fresh = out.with_name("fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    convert(command, source, "-o", fresh, *options)
    assert tree_of(out) == tree_of(fresh)
    assert sorted(out.rglob("*"))  # also no empty folders
    assert {path.relative_to(out) for path in out.rglob("*")} == {path.relative_to(fresh) for path in fresh.rglob("*")}


def change(source: Path) -> None:
    write_annotation(annotation_path(source, KEYS[1]), OTHER)


def add(source: Path) -> None:
    key = "val/lindau/lindau_000000_000019"
    write_annotation(annotation_path(source, key), street(1))
    write_images(source / "leftImg8bit", key)


def remove(source: Path) -> None:
    shutil.rmtree(source / "gtFine/test")


def change_image(source: Path) -> None:
    write_images(source / "leftImg8bit", KEYS[2], shade=30)


def do_all(source: Path) -> None:
    for act in (change, add, remove):
        act(source)


def touch(source: Path) -> None:
    for path in source.rglob("*.json"):
        os.utime(path, (1, 1))


def edit_in_secret(source: Path) -> None:
    """Change an annotation and keep its size and time."""
    path = annotation_path(source, KEYS[1])
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b'"person"', b'"sky"   '))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


ACTS = {
    "change": (change, {KEYS[1]}),
    "add": (add, {"val/lindau/lindau_000000_000019"}),
    "remove": (remove, set()),
    "touch": (touch, set()),
    "secret": (edit_in_secret, {KEYS[1]}),
    "all": (do_all, {KEYS[1], "val/lindau/lindau_000000_000019"}),
}


# --update


@pytest.mark.parametrize("act", ACTS)
def test_it_converts_only_what_is_new_or_changed(act: str, source: Path, out: Path, converted: list[str]) -> None:
    change_source, expected = ACTS[act]
    convert("labelmap", source, "-o", out)
    change_source(source)
    converted.clear()
    convert("labelmap", source, "-o", out, "--update")
    assert set(converted) == expected
    assert_like_fresh(out, "labelmap", source)


@LINES
def test_it_ends_in_the_tree_of_a_fresh_run_in_every_format(line: tuple[str, ...], source: Path, out: Path) -> None:
    command, *options = line
    convert(command, source, "-o", out, *options)
    do_all(source)
    if "copy" in options:
        change_image(source)
    convert(command, source, "-o", out, *options, "--update")
    assert_like_fresh(out, command, source, *options)


def test_it_updates_all_outputs_of_a_recipe(source: Path, out: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"

    def convert_recipe(folder: Path, *options: str) -> None:
        text = f'source = "{source}"\nout = "{folder}"\nimages = "copy"\n'
        recipe.write_text(text + BOXES_AND_OUTLINES + VOC + MAPS)
        convert("run", recipe, *options)

    convert_recipe(out)
    do_all(source)
    convert_recipe(out, "--update")
    convert_recipe(tmp_path / "fresh")
    assert tree_of(out) == tree_of(tmp_path / "fresh")


def test_without_an_earlier_output_it_converts_all(source: Path, out: Path, converted: list[str]) -> None:
    convert("coco", source, "-o", out, "--update")
    assert sorted(converted) == KEYS
    assert_like_fresh(out, "coco", source)


def test_of_an_output_with_other_options_it_converts_all_and_leaves_nothing(
    source: Path, out: Path, converted: list[str]
) -> None:
    convert("yolo", source, "-o", out, "--images", "copy")
    write_annotation(out / "notes.txt", b"mine")
    converted.clear()
    convert("yolo", source, "-o", out, "--classes", "car", "--update")
    assert sorted(converted) == KEYS
    assert (out / "notes.txt").read_bytes() == b"mine"
    (out / "notes.txt").unlink()
    assert_like_fresh(out, "yolo", source, "--classes", "car")


def test_from_a_zip_of_the_same_annotations_nothing_is_converted(
    source: Path, out: Path, tmp_path: Path, converted: list[str]
) -> None:
    convert("coco", source, "-o", out)
    converted.clear()
    convert("coco", zip_folder(source, tmp_path / "gtFine.zip"), "-o", out, "--update")
    assert converted == []
    assert_like_fresh(out, "coco", source)


@pytest.mark.parametrize("damage", ["remove", "cut", "change"])
def test_a_file_of_the_output_that_is_lost_or_changed_is_made_again(
    damage: str, source: Path, out: Path, converted: list[str]
) -> None:
    convert("labelmap", source, "-o", out)
    path = sorted(out.rglob("*_labelIds.png"))[1]
    content = path.read_bytes()
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(content[:9] if damage == "cut" else bytes(len(content)))
    converted.clear()
    convert("labelmap", source, "-o", out, "--update")
    assert converted == [KEYS[1]]
    assert_like_fresh(out, "labelmap", source)


@pytest.mark.parametrize("command", ["yolo", "coco", "csv"])
def test_a_group_that_is_drawn_for_the_first_time_changes_the_classes_of_all_frames(
    command: str, source: Path, out: Path
) -> None:
    options = (
        "--classes",
        "raw",
        "--groups",
        "class",
        *(("--category-ids", "contiguous") if command == "coco" else ()),
    )
    write_dataset(source, {KEYS[0]: document(("traingroup", box(1, 1, 9, 9)))})
    convert(command, source, "-o", out, *options)
    group = document(("caravangroup", box(1, 1, 9, 9)))
    write_annotation(annotation_path(source, "val/lindau/lindau_000000_000019"), group)
    convert(command, source, "-o", out, *options, "--update")
    assert_like_fresh(out, command, source, *options)


@pytest.mark.parametrize("mode", ["symlink", "hardlink"])
def test_links_lead_to_the_images_of_the_data_set_as_it_is_now(mode: str, source: Path, out: Path) -> None:
    line = ("yolo", source, "-o", out, "--images", mode)
    convert(*line)
    path = source / f"leftImg8bit/{KEYS[0]}_leftImg8bit.png"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    convert(*line, "--update")
    assert_like_fresh(out, "yolo", source, "--images", mode)
    moved = source.rename(source.with_name("moved"))
    shutil.copytree(moved, source)
    convert("yolo", moved, "-o", out, "--images", mode, "--update")
    images = list(out.glob("images/*/*.png"))
    assert images
    for image in images:
        (linked,) = moved.glob(f"leftImg8bit/*/*/{image.name}")
        assert image.readlink() == linked if mode == "symlink" else image.samefile(linked)


def test_images_of_another_suffix_have_other_names_in_the_output(source: Path, out: Path) -> None:
    convert("coco", source, "-o", out, "--images", "copy")
    for path in source.rglob("*_leftImg8bit.png"):
        path.rename(path.with_name(path.name.replace("_leftImg8bit", "_rgb")))
    convert("coco", source, "-o", out, "--images", "copy", "--update")
    assert_like_fresh(out, "coco", source, "--images", "copy")


def test_without_its_records_all_frames_are_converted_again(source: Path, out: Path, converted: list[str]) -> None:
    convert("coco", source, "-o", out)
    for cut in (None, -4):
        (path,) = out.glob(".*.records")
        content = path.read_bytes()
        path.unlink()
        if cut is not None:
            path.write_bytes(content[:cut])
        converted.clear()
        convert("coco", source, "-o", out, "--update")
        assert sorted(converted) == KEYS
        assert_like_fresh(out, "coco", source)


def test_a_frame_that_has_become_bad_stops_the_update_or_is_left_out(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out)
    before = tree_of(out)
    write_annotation(annotation_path(source, KEYS[0]), b"{")
    assert invoke("labelmap", source, "-o", out, "-j", "1", "--update").status == 1
    assert tree_of(out) == before
    convert("labelmap", source, "-o", out, "--update", "--on-error", "skip")
    assert_like_fresh(out, "labelmap", source, "--on-error", "skip")


def interrupt_update(source: Path, out: Path, *options: str) -> None:
    """Update, and stop when the new frame is converted and before anything is published."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("cityconv.engine.convert.complete_output", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            invoke("labelmap", source, "-o", out, "-j", "1", "--update", *options)


@pytest.mark.parametrize("options", [(), ("--kind", "masks")])
def test_a_frame_that_changes_back_after_an_interrupted_update_is_as_before(
    options: tuple[str, ...], source: Path, out: Path
) -> None:
    convert("labelmap", source, "-o", out, *options)
    before = tree_of(out)
    change(source)
    interrupt_update(source, out, *options)
    write_dataset(source, {KEYS[1]: SCENES[KEYS[1]]})
    convert("labelmap", source, "-o", out, *options, "--update")
    assert tree_of(out) == before


@pytest.mark.parametrize("option", ["--update", "--resume"])
def test_an_interrupted_update_is_continued(option: str, source: Path, out: Path, converted: list[str]) -> None:
    convert("labelmap", source, "-o", out)
    do_all(source)
    interrupt_update(source, out)
    converted.clear()
    convert("labelmap", source, "-o", out, option)
    assert converted == []
    assert_like_fresh(out, "labelmap", source)


def test_update_after_an_interrupted_replacement_by_other_options_ends_in_a_fresh_tree(source: Path, out: Path) -> None:
    convert("yolo", source, "-o", out, "--images", "copy")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("cityconv.engine.convert.complete_output", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            invoke("yolo", source, "-o", out, "-j", "1", "--overwrite", "--classes", "car")
    convert("yolo", source, "-o", out, "--images", "copy", "--update")
    assert_like_fresh(out, "yolo", source, "--images", "copy")


@pytest.mark.parametrize("option", ["--overwrite", "--resume"])
def test_update_excludes_options_that_say_something_else(option: str, source: Path, out: Path) -> None:
    with pytest.raises(UsageError, match="--update cannot be combined"):
        invoke("coco", source, "-o", out, "--update", option)


# --resume on a complete output


@LINES
def test_a_complete_output_is_complete_already(line: tuple[str, ...], source: Path, out: Path, tmp_path: Path) -> None:
    command, *options = line
    convert(command, source, "-o", out, *options, "--report", tmp_path / "first.json")
    before = tree_of(out)
    outcome = convert(command, source, "-o", out, *options, "--resume", "--report", tmp_path / "second.json")
    assert "note: already complete\n" in outcome.err
    assert tree_of(out) == before
    first, second = (json.loads((tmp_path / name).read_bytes()) for name in ("first.json", "second.json"))
    assert second["frames"]["resumed"] == len(KEYS)
    assert (first["objects"], first["outputs"]) == (second["objects"], second["outputs"])


def test_an_output_without_a_bad_frame_is_complete_already_as_long_as_the_frame_is_bad(source: Path, out: Path) -> None:
    write_annotation(annotation_path(source, KEYS[0]), b"{")
    line = ("labelmap", source, "-o", out, "--on-error", "skip")
    convert(*line)
    before = tree_of(out)
    outcome = convert(*line, "--resume")
    assert "already complete" in outcome.err
    assert str(annotation_path(source, KEYS[0])) in outcome.err
    assert tree_of(out) == before
    with pytest.raises(OutputError, match="new frames: 1"):
        convert("labelmap", source, "-o", out, "--resume")
    assert tree_of(out) == before
    write_dataset(source)
    with pytest.raises(OutputError, match="new frames: 1"):
        convert(*line, "--resume")
    assert tree_of(out) == before


def drop_map(source: Path) -> None:
    next((source.parent / "out").rglob("*bonn*_labelIds.png")).unlink()


@pytest.mark.parametrize(
    ("act", "options", "words"),
    [
        (change, (), "frames changed in the data set or in the output: 1"),
        (add, (), "new frames: 1"),
        (remove, (), "gone frames: 1"),
        (edit_in_secret, (), "frames changed in the data set or in the output: 1"),
        (drop_map, (), "frames changed in the data set or in the output: 1"),
        (do_all, (), "new frames: 1; gone frames: 1; frames changed in the data set or in the output: 1"),
        (touch, ("--kind", "color"), "made with another --kind"),
        (touch, ("--city", "aachen"), "made with another --city"),
    ],
)
def test_what_differs_is_said(
    act: Callable[[Path], None], options: tuple[str, ...], words: str, source: Path, out: Path
) -> None:
    convert("labelmap", source, "-o", out)
    act(source)
    before = tree_of(out)
    with pytest.raises(OutputError, match="is complete, but not what this command makes: ") as caught:
        convert("labelmap", source, "-o", out, *options, "--resume")
    assert str(caught.value).endswith(words)
    assert "--update" in caught.value.hint
    assert tree_of(out) == before


@pytest.mark.parametrize("act", [touch, do_all])
def test_with_overwrite_too_it_is_replaced_if_it_differs(
    act: Callable[[Path], None], source: Path, out: Path, converted: list[str]
) -> None:
    convert("labelmap", source, "-o", out)
    act(source)
    converted.clear()
    convert("labelmap", source, "-o", out, "--resume", "--overwrite")
    assert len(converted) == (0 if act is touch else len(KEYS))
    assert_like_fresh(out, "labelmap", source)


def test_a_lost_file_of_the_whole_data_set_is_named(source: Path, out: Path) -> None:
    convert("coco", source, "-o", out)
    (out / "annotations/instances_val.json").write_bytes(b"{}")
    with pytest.raises(OutputError, match=r": annotations/instances_val\.json has changed$"):
        convert("coco", source, "-o", out, "--resume")
    convert("coco", source, "-o", out, "--update")
    assert_like_fresh(out, "coco", source)


# Versions of libraries


def test_another_version_of_a_library_converts_all_frames_again(
    source: Path, out: Path, converted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("cityconv.engine.make_plan.library_versions", lambda **_: {"zlib-ng": "2.0.0"})
        convert("labelmap", source, "-o", out)
    with pytest.raises(OutputError, match=r"labelmap: made with zlib-ng 2\.0\.0"):
        invoke("labelmap", source, "-o", out, "-j", "1", "--resume")
    converted.clear()
    convert("labelmap", source, "-o", out, "--update")
    assert sorted(converted) == KEYS
    assert_like_fresh(out, "labelmap", source)
