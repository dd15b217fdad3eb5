"""Parts that are merged are what one run makes, byte for byte; parts that make no whole are refused."""

from __future__ import annotations

import errno
import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from cityconv.engine.manifest import FILE_NAME, read_manifest
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
)
from tests.commands import convert, invoke
from tests.recipes import BOXES_AND_OUTLINES, VOC

if TYPE_CHECKING:
    from pathlib import Path

KEYS = sorted(SCENES)
COMMANDS = {
    "coco": ("coco", "--images", "copy"),
    "coco by city": ("coco", "--images", "symlink", "--split-by", "city", "--flat"),
    "panoptic": ("panoptic", "--layout", "coco"),
    "yolo": ("yolo", "--task", "segment", "--images", "hardlink"),
    "voc": ("voc", "--task", "instance", "--images", "copy"),
    "csv": ("csv", "--classes", "raw"),
    "masks": ("labelmap", "--kind", "masks", "--kind", "labelTrainIds", "--lists", "--class-stats"),
}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "source/leftImg8bit", *SCENES)
    return write_dataset(tmp_path / "source")


def make_parts(of: int, command: str, *options: str | Path) -> list[str]:
    parts = [f"part-{number}" for number in range(1, of + 1)]
    for number, part in enumerate(parts, start=1):
        convert(command, *options, "-o", part, "--part", f"{number}/{of}")
    return parts


def merge(*parts: str, out: str = "merged") -> dict[str, bytes]:
    convert("merge", *reversed(parts), "-o", out)
    return tree_of_links(out)


def tree_of_links(out: str) -> dict[str, bytes]:
    """Return the files of an output, and where symbolic links lead."""
    from pathlib import Path

    links = {
        str(path.relative_to(out)): os.fsencode(path.readlink()) for path in Path(out).rglob("*") if path.is_symlink()
    }
    return tree_of(Path(out)) | links


@pytest.mark.parametrize("line", COMMANDS.values(), ids=COMMANDS.keys())
def test_merged_parts_are_what_one_run_makes(line: tuple[str, ...], source: Path) -> None:
    command, *options = line
    convert(command, source, *options, "-o", "one")
    assert merge(*make_parts(3, command, source, *options)) == tree_of_links("one")
    assert invoke("verify", "part-2").status == 0
    assert invoke("verify", source, "part-2", "-j", "1").status == 0


def test_a_merged_recipe_is_what_one_run_makes(source: Path, tmp_path: Path) -> None:
    classes = tmp_path / "classes.toml"
    classes.write_text('[classes]\nvehicle = ["car", "truck", "bike \\"rack\\""]\n"on foot" = ["person"]\n')
    write_annotation(annotation_path(source, KEYS[1]), document(('bike "rack"', box(1, 1, 9, 9))))
    mapped = '[outputs.mapped]\nformat = "coco"\nclass-map = "classes.toml"\n'
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'source = "{source}"\nout = "one"\nunknown-labels = "drop"\n{BOXES_AND_OUTLINES}{VOC}{mapped}')
    convert("run", recipe)
    assert merge(*make_parts(2, "run", recipe)) == tree_of_links("one")


def test_outputs_of_one_folder_are_merged_together(source: Path) -> None:
    kinds = [("labelmap", source, "--kind", kind) for kind in ("color", "labelIds")] + [("csv", source)]
    for command, *options in kinds:
        convert(command, *options, "-o", "one")
        parts = make_parts(2, command, *options)
    assert merge(*parts) == tree_of_links("one")
    (source / "gtFine/train/aachen").mkdir(exist_ok=True)
    convert("merge", *parts, "-o", "merged", "--overwrite")
    assert tree_of_links("merged") == tree_of_links("one")


def test_bad_frames_are_skipped_as_in_one_run(source: Path) -> None:
    write_annotation(annotation_path(source, KEYS[1]), b"{")
    convert("coco", source, "--on-error", "skip", "-o", "one")
    assert merge(*make_parts(2, "coco", source, "--on-error", "skip")) == tree_of_links("one")


def test_labels_of_ones_own_are_merged(source: Path) -> None:
    assert invoke("labels", "--from", source, "-o", "labels.toml").status == 0
    options = ("--labels", "labels.toml", "--classes", "labels")
    convert("yolo", source, *options, "-o", "one")
    assert merge(*make_parts(2, "yolo", source, *options)) == tree_of_links("one")


def test_a_part_has_every_nth_frame(source: Path) -> None:
    make_parts(2, "labelmap", source)
    files = [sorted(path for path in tree_of_links(part) if path.endswith(".png")) for part in ("part-1", "part-2")]
    assert [len(names) for names in files] == [len(KEYS[0::2]), len(KEYS[1::2])]
    assert all(any(key in name for name in files[1]) for key in KEYS[1::2])


def test_the_manifest_says_which_part_it_is(source: Path, tmp_path: Path) -> None:
    make_parts(2, "coco", source)
    (output,) = json.loads((tmp_path / "part-2" / FILE_NAME).read_bytes())["outputs"]
    assert {name: output["part"][name] for name in ("number", "of", "frames")} == {
        "number": 2,
        "of": 2,
        "frames": len(SCENES),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0/2", "--part: '0/2' is not I/N"),
        ("3/2", "--part: '3/2' is not I/N"),
        ("1", "--part: '1' is not I/N"),
        (f"1/{2**70}", f"--part 1/{2**70}: there are {len(SCENES)} frames"),
        (f"1/{len(SCENES) + 1}", f"--part 1/{len(SCENES) + 1}: there are {len(SCENES)} frames"),
    ],
)
def test_a_part_that_cannot_be_is_refused(text: str, message: str, source: Path) -> None:
    with pytest.raises(UsageError) as error:
        invoke("coco", source, "-o", "out", "--part", text)
    assert str(error.value) == message


def refusal(*parts: str, out: str = "merged") -> str:
    with pytest.raises((OutputError, UsageError)) as error:
        invoke("merge", *parts, "-o", out, "-j", "1")
    return str(error.value)


def test_parts_that_make_no_whole_are_refused(source: Path, tmp_path: Path) -> None:
    parts = make_parts(3, "coco", source)
    convert("coco", source, "-o", "one")
    convert("coco", source, "-o", "half", "--part", "2/2")
    convert("coco", source, "-o", "boxes", "--part", "2/3", "--task", "detection")
    convert("csv", source, "-o", "table", "--part", "2/3")
    shutil.copytree("part-2", "copy")
    assert refusal("part-1", "part-3") == "of 3 parts, these are missing: 2"
    assert refusal(*parts, "copy") == "copy: part 2 of 3, as part-2 is"
    assert refusal(*parts, "part-2") == "part-2: is given twice"
    assert refusal("part-1", "one") == "one: not a part"
    assert refusal("part-1", "half") == "half: part 2 of 2, and part-1 is part 1 of 3"
    assert refusal("part-1", "boxes") == "boxes: made with another --task than part-1"
    assert refusal("part-1", "table") == "table: has csv, and part-1 has coco"
    assert refusal("part-1", "nowhere") == "nowhere: no such folder"
    assert refusal("part-1", "source") == "source: found no output of cityconv"
    assert not (tmp_path / "merged").exists()


def test_of_many_missing_parts_the_first_8_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = write_dataset(tmp_path / "many", {f"val/ulm/ulm_{number:06}_000019": street() for number in range(10)})
    convert("coco", source, "-o", "part", "--part", "1/10")
    assert refusal("part") == "of 10 parts, these are missing: 2, 3, 4, 5, 6, 7, 8, 9, ..."


def test_a_folder_with_several_parts_is_refused(source: Path) -> None:
    for part in make_parts(2, "coco", source):
        shutil.copytree(part, f"both/{part}")
    assert refusal("both") == "both: holds part 1 of 2 and part 2 of 2"


def test_parts_of_another_data_set_are_refused(source: Path) -> None:
    make_parts(2, "coco", source)
    write_annotation(annotation_path(source, KEYS[1]), document(("truck", box(1, 1, 9, 9))))
    convert("coco", source, "-o", "new", "--part", "2/2")
    assert refusal("part-1", "new") == "new: made from another data set than part-1"


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ({"tool_version": "0.0.1"}, "part-2: made by version 0.0.1; this is"),
        ({"libraries": {"zlib-ng": "9"}}, "part-2: made with zlib-ng 9, and part-1 has"),
    ],
)
def test_parts_of_other_versions_are_refused(
    field: dict[str, object], message: str, source: Path, tmp_path: Path
) -> None:
    make_parts(2, "coco", source)
    manifest = json.loads((tmp_path / "part-2" / FILE_NAME).read_bytes())
    manifest["outputs"][0].update(field)
    (tmp_path / "part-2" / FILE_NAME).write_text(json.dumps(manifest))
    assert refusal("part-1", "part-2").startswith(message)


def test_damaged_parts_are_refused_and_leave_nothing(source: Path, tmp_path: Path) -> None:
    parts = make_parts(2, "labelmap", source)
    png = next((tmp_path / "part-2").rglob("*.png"))
    content = png.read_bytes()
    png.write_bytes(content[:-1] + b"x")
    assert refusal(*parts).endswith(f"{png.name}: not the file that was written")
    png.unlink()
    assert refusal(*parts).endswith(f"{png.name}: not the file that was written")
    png.write_bytes(content)
    (records,) = (tmp_path / "part-1").glob(".*.records")
    records.write_bytes(b"")
    assert refusal(*parts) == f"part-1/{records.name}: missing or damaged"
    assert not (tmp_path / "merged").exists()


def test_an_output_in_the_way_is_refused_or_replaced(source: Path, tmp_path: Path) -> None:
    parts = make_parts(2, "labelmap", source)
    merged = merge(*parts)
    assert refusal(*parts).endswith("already exists")
    assert refusal(*parts, out="part-1") == "part-1: one of the parts, or a folder in or around one"
    assert refusal(*parts, out=".").startswith(".: one of the parts")
    convert("labelmap", source, "--kind", "color", "-o", "other")
    convert("merge", *parts, "-o", "other", "--overwrite")
    assert tree_of_links("other") == merged


def test_files_are_copied_where_no_link_can_be(source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    options = ("--images", "symlink", "--kind", "color")
    convert("labelmap", source, *options, "-o", "one")
    parts = make_parts(2, "labelmap", source, *options)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    assert merge(*parts) == tree_of_links("one")
    assert all(path.stat().st_nlink == 1 for path in (tmp_path / "merged").rglob("*_color.png"))


def test_a_part_is_updated_as_that_part(source: Path) -> None:
    make_parts(2, "coco", source)
    before = tree_of_links("part-1")
    outcome = convert("coco", source, "-o", "part-1", "--part", "1/2", "--update")
    assert f"frames unchanged since the earlier output: {len(KEYS[0::2])} of {len(KEYS[0::2])}" in outcome.err
    assert tree_of_links("part-1") == before
    convert("coco", source, "-o", "part-1", "--part", "2/2", "--update")
    assert tree_of_links("part-1") == tree_of_links("part-2")
    with pytest.raises(OutputError, match="coco: part 2 of 2"):
        invoke("coco", source, "-o", "part-1", "--part", "1/2", "--resume", "-j", "1")


def test_two_parts_cannot_be_in_one_folder(source: Path, tmp_path: Path) -> None:
    convert("labelmap", source, "-o", "out", "--part", "1/2")
    with pytest.raises(OutputError, match="already exists"):
        invoke("labelmap", source, "-o", "out", "--part", "2/2")
    manifest = read_manifest(tmp_path / "out")
    assert manifest
    assert len(manifest.outputs) == 1
