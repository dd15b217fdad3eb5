"""The manifest: what an output is, and each of its files; the same bytes wherever and however the output was made."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tracemalloc
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import cv2
import pytest
from zlib_ng import zlib_ng

from cityconv.engine.manifest import is_inside, read_manifest
from cityconv.engine.records import FrameRecord, read_records
from cityconv.errors import OutputError
from cityconv.version import __version__
from tests.builders import SCENES, data_of, document, tree_of, write_annotation, write_dataset, write_images, zip_folder
from tests.commands import cityconv, invoke
from tests.recipes import BOXES_AND_OUTLINES, MAPS, VOC

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RECIPE = (
    """
source = "{source}"
out = "{out}"
"""
    + BOXES_AND_OUTLINES
    + VOC
    + MAPS
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "source")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def convert(*arguments: str | Path) -> None:
    outcome = invoke(*arguments, "-j", "1")
    assert outcome.status == 0, outcome.err


def manifest(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "cityconv.json").read_bytes())
    return content


def output(folder: Path) -> dict[str, Any]:
    """Return the only output of a manifest."""
    (record,) = manifest(folder)["outputs"]
    assert isinstance(record, dict)
    return record


def entries(tree: Mapping[str, bytes]) -> list[list[object]]:
    """Return what a manifest must say of the files of a tree."""
    files = sorted((path, content) for path, content in tree.items() if path != "cityconv.json")
    return [[path, len(content), hashlib.sha256(content).hexdigest()] for path, content in files]


def test_every_file_of_every_format_is_listed_with_size_and_checksum(source: Path, out: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(source=source, out=out))
    convert("run", recipe)
    folders = sorted(out.iterdir())
    assert len(folders) == RECIPE.count("[outputs.")
    for folder in folders:
        assert output(folder)["files"] == entries(tree_of(folder))


def test_it_says_what_the_output_is(source: Path, out: Path) -> None:
    convert("coco", source, "-o", out, "--classes", "car,person", "--split", "train")
    record = output(out)
    assert {name: manifest(out)[name] for name in ("manifest_version", "tool")} == {
        "manifest_version": 1,
        "tool": "cityconv",
    }
    assert (record["format"], record["tool_version"]) == ("coco", __version__)
    assert record["source"]["frames"] == {"train": 3}
    assert record["options"]["classes"] == "car,person"
    assert record["options"]["split"] == ["train"]
    (name,) = (path for path in data_of(tree_of(out)))
    assert record["written"] == {"annotations": len(json.loads((out / name).read_bytes())["annotations"])}
    assert record["skipped"]["class"]["sky"] == 3


def test_it_names_no_path_outside_the_output(source: Path, out: Path, tmp_path: Path) -> None:
    class_map = tmp_path / "classes.toml"
    class_map.write_text('[classes]\nthing = ["car"]\n')
    write_images(source / "leftImg8bit", *SCENES)
    options = ("--class-map", class_map, "--images", "symlink", "--image-root", source / "leftImg8bit")
    convert("yolo", source, "-o", out, *options)
    assert str(tmp_path).encode() not in (out / "cityconv.json").read_bytes()
    assert output(out)["options"]["class_map"] == {"classes": {"thing": ["car"]}}


def test_it_is_the_same_from_another_place_from_a_zip_and_with_workers(source: Path, out: Path, tmp_path: Path) -> None:
    convert("labelmap", source, "-o", out)
    shutil.copytree(source, tmp_path / "moved/deeper")
    archive = zip_folder(source, tmp_path / "gtFine_trainvaltest.zip")
    for number, (place, jobs) in enumerate(((tmp_path / "moved/deeper", "2"), (archive, "1"), (archive, "3"))):
        other = tmp_path / f"other{number}"
        assert invoke("labelmap", place, "-o", other, "-j", jobs).status == 0
        assert tree_of(other) == tree_of(out)


def test_the_digest_of_the_source_tells_another_annotation_and_another_name(source: Path, tmp_path: Path) -> None:
    digests = set()
    for number in range(3):
        if number == 1:
            write_dataset(source, {next(iter(SCENES)): document()})
        if number == 2:
            (source / "gtFine/test").rename(source / "gtFine/val2")
        convert("labelmap", source, "-o", tmp_path / f"out{number}", "--split-folder", "test" if number < 2 else "val2")
        digests.add(output(tmp_path / f"out{number}")["source"]["digest"])
    assert len(digests) == 3


def test_a_link_has_the_size_of_its_image_and_no_checksum(source: Path, out: Path) -> None:
    write_images(source / "leftImg8bit", *SCENES)
    convert("yolo", source, "-o", out, "--images", "symlink")
    links = {path for path in tree_of(out) if (out / path).is_symlink()}
    assert len(links) == len(SCENES)
    found = {path: (size, checksum) for path, size, checksum in output(out)["files"] if path in links}
    assert found == {path: ((out / path).stat().st_size, "") for path in links}


@pytest.mark.parametrize("second", [("labelmap", "--kind", "color"), ("coco",)])
def test_outputs_that_share_a_folder_share_its_manifest(source: Path, out: Path, second: tuple[str, ...]) -> None:
    for first, then in (((), second), (second, ())):
        folder = out / ("a" if then else "b")
        for line in (first or ("labelmap",), then or ("labelmap",)):
            convert(line[0], source, "-o", folder, *line[1:])
        both = [entry for record in manifest(folder)["outputs"] for entry in record["files"]]
        assert sorted(both) == entries(tree_of(folder))
    assert tree_of(out / "a") == tree_of(out / "b")  # in whichever order they were written


def test_the_records_have_each_frame(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out)
    (path,) = out.glob(".cityconv-labelmap-????????.records")
    records = list(read_records(path, FrameRecord))
    assert sorted("/".join(record.key) for record in records) == sorted(SCENES)
    files = [entry.path for record in records for entry in record.result.files]
    assert sorted(files) == sorted(data_of(tree_of(out)))


def test_records_are_read_up_to_where_they_are_cut(source: Path, out: Path) -> None:
    convert("coco", source, "-o", out)
    (path,) = out.glob(".cityconv-coco-????????.records")
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        assert len(list(read_records(path, FrameRecord))) <= len(SCENES)


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    assert read_manifest(tmp_path / "absent") is None


ENTRY = {"format": "coco", "tool_version": "1", "libraries": {}, "options": {}, "written": {}, "skipped": {}}
ENTRY["source"] = {"frames": {}, "digest": ""}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"manifest_version": 2, "tool": "cityconv", "outputs": []}',
        b'{"manifest_version": 1, "tool": "another", "outputs": []}',
        b'{"manifest_version": 1, "tool": "cityconv", "outputs": [{}]}',
        b"[" * 100_000,
        *(
            json.dumps(
                {"manifest_version": 1, "tool": "cityconv", "outputs": [{**ENTRY, "files": [[path, 1, ""]]}]}
            ).encode()
            for path in ("/etc/passwd", "../notes.txt", "a/../../b", "", "a//b", "./a", "a\0b")
        ),
    ],
)
def test_a_damaged_or_hostile_one_is_an_error_that_names_it(content: bytes, source: Path, out: Path) -> None:
    write_annotation(out / "cityconv.json", content)
    before = tree_of(out)
    with pytest.raises(OutputError, match=r"cityconv\.json: "):
        read_manifest(out)
    for option in ("--overwrite", "--update", "--resume"):
        with pytest.raises(OutputError, match=r"cityconv\.json: "):
            invoke("coco", source, "-o", out, "-j", "1", option)
        shutil.rmtree(out / ".cityconv", ignore_errors=True)
        assert tree_of(out) == before


def with_files(*files: list[object]) -> dict[str, Any]:
    return {"manifest_version": 1, "tool": "cityconv", "outputs": [{**ENTRY, "files": files}]}


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


HUGE = {
    "8 GB": (lambda path: os.truncate(path, 2**33), "CITYCONV_MAX_MANIFEST_BYTES"),
    "lists": (lambda path: path.write_bytes(b"[" + b"[]," * 13_000_000), "more than 25,000,000 values"),
    "numbers": (lambda path: path.write_bytes(b"[" + b"0," * 26_000_000), "more than 25,000,000 values"),
    "outputs": (
        lambda path: path.write_text(json.dumps(with_files() | {"outputs": with_files()["outputs"] * 101})),
        "more than 100 outputs",
    ),
    "a file twice": (
        lambda path: path.write_text(json.dumps(with_files(["a", 1, ""], ["a", 1, ""]))),
        "names a file twice",
    ),
    "a pipe": (make_pipe, "not a regular file"),
    "a link": (lambda path: path.rename(path.with_name("a")) and path.symlink_to("a"), "a link, not a manifest"),
}


@pytest.mark.parametrize(("make", "message"), HUGE.values(), ids=HUGE)
def test_what_would_take_too_much_is_refused_at_once(
    make: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    (tmp_path / "cityconv.json").touch()
    make(tmp_path / "cityconv.json")
    tracemalloc.start()
    try:
        with pytest.raises(OutputError, match=message):
            read_manifest(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 2**27
    finally:
        tracemalloc.stop()


def test_one_that_could_not_be_read_is_not_written(source: Path, out: Path) -> None:
    failed = cityconv("coco", source, "-o", out, CITYCONV_MAX_MANIFEST_BYTES="500")
    assert failed.status == 1
    assert failed.err.startswith(f"error: {out}/cityconv.json: ")
    assert "hint: raise CITYCONV_MAX_MANIFEST_BYTES; --resume continues\n" in failed.err
    assert [path.name for path in out.iterdir()] == [".cityconv"]
    convert("coco", source, "-o", out, "--resume")
    convert("coco", source, "-o", out.with_name("other"))
    assert tree_of(out) == tree_of(out.with_name("other"))


@pytest.mark.parametrize("option", ["--overwrite", "--resume", "--update"])
def test_a_damaged_one_is_refused_before_any_work(option: str, source: Path, out: Path) -> None:
    convert("coco", source, "-o", out)
    (out / "cityconv.json").write_text("broken")
    before = tree_of(out)
    with (
        patch("cityconv.engine.convert.execute", side_effect=AssertionError),
        pytest.raises(OutputError, match=f"^{out}/cityconv.json: not a manifest: ") as caught,
    ):
        invoke("coco", source, "-o", out, option)
    assert caught.value.hint == "choose another --out, or remove this file"
    assert tree_of(out) == before
    (out / "cityconv.json").unlink()
    convert("coco", source, "-o", out, "--overwrite")


def records_of(content: bytes) -> list[bytes]:
    return [len(content).to_bytes(4, "little"), content]


BOMBS = {
    "zeros": [bytes(2**24)] * 20,
    "a record of 4 GB": [b"\xff" * 4, *[bytes(2**24)] * 20],
    "a list of 4 billion": records_of(b"\xdd\xff\xff\xff\xff"),
    "nested lists": records_of(b"\x91" * 200_000),
    "text that is not UTF-8": records_of(b"\xa2\xff\xff"),
}


@pytest.mark.parametrize("pieces", BOMBS.values(), ids=BOMBS)
def test_records_that_explode_are_read_in_little_memory(pieces: list[bytes], tmp_path: Path) -> None:
    compressor = zlib.compressobj(9)
    path = tmp_path / "records"
    path.write_bytes(b"".join(map(compressor.compress, pieces)) + compressor.flush())
    tracemalloc.start()
    try:
        assert list(read_records(path, FrameRecord)) == []
        assert tracemalloc.get_traced_memory()[1] < 2**28
    finally:
        tracemalloc.stop()


def test_paths_inside_are_told_from_those_that_lead_out() -> None:
    assert all(map(is_inside, ("a", "a/b", ".cityconv-coco-1.records", "a b", "..a")))


def test_it_records_the_version_of_opencv_only_if_images_are_encoded(source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", *SCENES)
    zlib_ng_version = zlib_ng.ZLIBNG_RUNTIME_VERSION
    for image_format, libraries in (
        ("png", {"zlib-ng": zlib_ng_version}),
        ("jpg", {"zlib-ng": zlib_ng_version, "opencv": cv2.__version__}),
    ):
        out = tmp_path / image_format
        convert("coco", source, "-o", out, "--images", "copy", "--image-format", image_format)
        assert output(out)["libraries"] == libraries
