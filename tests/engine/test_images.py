"""Bringing the images along: found, linked, copied, encoded anew, or missed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from cityconv.errors import SourceError, UsageError
from tests.builders import FRAME, street, write_dataset, zip_folder
from tests.commands import Outcome, cityconv, invoke

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OTHER = "val/munster/munster_000000_000019"
NAME = FRAME.rpartition("/")[2]
PLACES = {
    "coco": f"images/train/aachen/{NAME}_leftImg8bit.png",
    "panoptic": f"images/train/aachen/{NAME}_leftImg8bit.png",
    "yolo": f"images/train/aachen/{NAME}_leftImg8bit.png",
    "voc": f"VOCdevkit/VOC2012/JPEGImages/{NAME}.jpg",
    "labelmap": f"leftImg8bit/train/aachen/{NAME}_leftImg8bit.png",
}


def picture(color: Sequence[int] = (40, 90, 160), ending: str = ".png") -> bytes:
    image = np.full((32, 64, 3), color, np.uint8)
    return cv2.imencode(ending, image)[1].tobytes()


def pixels(path: Path) -> NDArray[np.uint8]:
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def write_images(root: Path, *keys: str, suffix: str = "_leftImg8bit.png", content: bytes | None = None) -> None:
    for key in keys:
        path = root / f"{key}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture() if content is None else content)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A data set of two frames, without images."""
    return write_dataset(tmp_path / "source", {FRAME: street(), OTHER: street(2)})


@pytest.fixture
def illustrated(source: Path) -> Path:
    """The same with an image for each frame."""
    write_images(source / "leftImg8bit", FRAME, OTHER)
    return source


def convert(source: Path, out: Path, command: str, *options: str | Path) -> Outcome:
    outcome = invoke(command, source, "-o", out, "-j", "1", *options)
    assert outcome.status == 0, outcome.err
    return outcome


@pytest.mark.parametrize(("command", "place"), PLACES.items())
def test_images_are_copied_to_where_the_format_has_them(
    command: str, place: str, illustrated: Path, tmp_path: Path
) -> None:
    convert(illustrated, tmp_path / "out", command, "--images", "copy")
    copied = tmp_path / "out" / place
    assert not copied.is_symlink()
    np.testing.assert_allclose(pixels(copied), pixels(illustrated / f"leftImg8bit/{FRAME}_leftImg8bit.png"), atol=2)


@pytest.mark.parametrize("command", PLACES)
def test_no_images_are_looked_for_unless_they_are_asked_for(command: str, source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "out", command)
    assert not list((tmp_path / "out").rglob("*.jpg"))
    assert not list((tmp_path / "out").rglob("*_leftImg8bit.png"))


@pytest.mark.parametrize("command", ["coco", "panoptic", "yolo", "labelmap"])
def test_symlinks_point_to_the_original_from_anywhere(
    command: str, illustrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    convert(Path("source"), Path("out"), command, "--images", "symlink")
    linked = tmp_path / "out" / PLACES[command]
    assert linked.is_symlink()
    assert linked.resolve() == (illustrated / f"leftImg8bit/{FRAME}_leftImg8bit.png").resolve()


def test_hard_links_are_the_same_file(illustrated: Path, tmp_path: Path) -> None:
    convert(illustrated, tmp_path / "out", "yolo", "--images", "hardlink")
    linked = tmp_path / "out" / PLACES["yolo"]
    assert not linked.is_symlink()
    assert linked.samefile(illustrated / f"leftImg8bit/{FRAME}_leftImg8bit.png")


def test_copies_are_the_same_bytes(illustrated: Path, tmp_path: Path) -> None:
    convert(illustrated, tmp_path / "out", "yolo", "--images", "copy")
    assert (tmp_path / "out" / PLACES["yolo"]).read_bytes() == picture()


def test_images_are_found_under_an_image_root(source: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "elsewhere/deeper", FRAME, OTHER)
    convert(source, tmp_path / "out", "yolo", "--images", "symlink", "--image-root", tmp_path / "elsewhere")
    assert (tmp_path / "out" / PLACES["yolo"]).read_bytes() == picture()


def test_images_are_copied_out_of_a_zip(source: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "unpacked/leftImg8bit", FRAME, OTHER)
    archive = zip_folder(tmp_path / "unpacked", tmp_path / "images.zip")
    convert(source, tmp_path / "out", "coco", "--images", "copy", "--image-root", archive)
    assert (tmp_path / "out" / PLACES["coco"]).read_bytes() == picture()


def test_both_downloads_are_read_in_place(illustrated: Path, tmp_path: Path) -> None:
    for tree in ("gtFine", "leftImg8bit"):
        shutil.make_archive(str(tmp_path / f"{tree}_trainvaltest"), "zip", illustrated, tree)
    convert(tmp_path / "gtFine_trainvaltest.zip", tmp_path / "out", "yolo", "--images", "copy")
    assert (tmp_path / "out" / PLACES["yolo"]).read_bytes() == picture()


@pytest.mark.parametrize("mode", ["symlink", "hardlink"])
def test_an_image_in_a_zip_cannot_be_linked_and_the_hint_says_what_can_be_done(
    mode: str, source: Path, tmp_path: Path
) -> None:
    write_images(tmp_path / "unpacked", FRAME, OTHER)
    archive = zip_folder(tmp_path / "unpacked", tmp_path / "images.zip")
    outcome = cityconv("yolo", source, "-o", tmp_path / "out", "--images", mode, "--image-root", archive)
    assert outcome.status == 2
    assert "an image in a zip cannot be linked" in outcome.err
    assert "hint: --images copy" in outcome.err
    assert not (tmp_path / "out").exists()
    convert(source, tmp_path / "out", "yolo", "--images", "copy", "--image-root", archive)  # nothing is in the way


@pytest.mark.parametrize("suffix", ["_leftImg8bit_foggy_beta_0.02.png", "_leftImg8bit_rain_25mm.png", ".png"])
def test_renamed_images_are_matched_by_the_frame(suffix: str, source: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "foggy", FRAME, OTHER, suffix=suffix)
    convert(source, tmp_path / "out", "yolo", "--images", "copy", "--image-root", tmp_path / "foggy")
    assert (tmp_path / "out" / PLACES["yolo"]).read_bytes() == picture()


def test_the_suffix_chooses_among_several_images_of_a_frame_and_names_the_output(source: Path, tmp_path: Path) -> None:
    suffixes = [f"_leftImg8bit_foggy_beta_{beta}.png" for beta in ("0.005", "0.01", "0.02")]
    for shade, suffix in enumerate(suffixes):
        write_images(tmp_path / "foggy", FRAME, OTHER, suffix=suffix, content=picture([shade] * 3))
    options = ("--images", "copy", "--image-root", tmp_path / "foggy")
    with pytest.raises(SourceError, match=f"{NAME}: 3 images: ") as caught:
        convert(source, tmp_path / "out", "coco", *options)
    assert "--image-suffix" in caught.value.hint
    convert(source, tmp_path / "out", "coco", *options, "--image-suffix", suffixes[2])
    (image,) = json.loads((tmp_path / "out/annotations/instances_train.json").read_bytes())["images"]
    assert image["file_name"] == f"aachen/{NAME}{suffixes[2]}"
    assert (tmp_path / "out/images/train" / image["file_name"]).read_bytes() == picture([2, 2, 2])


def test_yolo_files_are_named_like_their_images_whatever_the_suffix(source: Path, tmp_path: Path) -> None:
    suffix = "_leftImg8bit_foggy_beta_0.02.png"
    write_images(source / "leftImg8bit", FRAME, OTHER, suffix=suffix)
    convert(source, tmp_path / "out", "yolo", "--images", "symlink", "--image-suffix", suffix)
    images = sorted(path.relative_to(tmp_path / "out/images") for path in (tmp_path / "out/images").rglob("*.png"))
    labels = sorted(path.relative_to(tmp_path / "out/labels") for path in (tmp_path / "out/labels").rglob("*.txt"))
    assert [path.with_suffix("") for path in images] == [path.with_suffix("") for path in labels]
    assert len(images) == 2


@pytest.mark.parametrize("mode", ["symlink", "hardlink", "copy"])
def test_a_missing_image_is_an_error_that_names_it_and_nothing_is_written(
    mode: str, source: Path, tmp_path: Path
) -> None:
    write_images(source / "leftImg8bit", FRAME)
    outcome = cityconv("yolo", source, "-o", tmp_path / "out", "--images", mode)
    assert outcome.status == 1
    assert outcome.err.splitlines()[0].startswith("error: munster_000000_000019: no image found for ")
    assert "1 of 2 frames are bad; nothing was written" in outcome.err
    assert not (tmp_path / "out").exists()


def test_frames_whose_images_are_missing_can_be_left_out(source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", FRAME)
    outcome = cityconv("yolo", source, "-o", tmp_path / "out", "--images", "copy", "--on-error", "skip")
    assert outcome.status == 0
    assert "munster_000000_000019: no image found" in outcome.err
    assert [path.name for path in (tmp_path / "out/labels").rglob("*.txt")] == [f"{NAME}_leftImg8bit.txt"]


def test_where_there_is_no_place_for_images_the_hint_says_how_to_name_one(source: Path, tmp_path: Path) -> None:
    outcome = cityconv("yolo", source, "-o", tmp_path / "out", "--images", "copy")
    assert outcome.status == 1
    assert "--image-root says where the images are" in outcome.err


@pytest.mark.parametrize(
    ("command", "place"),
    [(command, place.replace(".png", ".jpg")) for command, place in PLACES.items()],
)
def test_images_can_be_encoded_as_jpeg(command: str, place: str, illustrated: Path, tmp_path: Path) -> None:
    convert(illustrated, tmp_path / "out", command, "--images", "copy", "--image-format", "jpg")
    content = (tmp_path / "out" / place).read_bytes()
    assert content.startswith(b"\xff\xd8\xff")
    assert pixels(tmp_path / "out" / place).shape == (32, 64, 3)


@pytest.mark.parametrize("command", ["coco", "panoptic"])
def test_file_names_in_the_json_are_those_of_the_images_that_are_there(
    command: str, illustrated: Path, tmp_path: Path
) -> None:
    convert(illustrated, tmp_path / "out", command, "--images", "copy", "--image-format", "jpg")
    (path,) = (path for path in (tmp_path / "out").rglob("*_train.json"))
    (image,) = json.loads(path.read_bytes())["images"]
    assert (tmp_path / "out/images/train" / image["file_name"]).is_file()


def test_jpegs_can_be_encoded_as_png(source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", FRAME, OTHER, suffix="_leftImg8bit.jpg", content=picture(ending=".jpg"))
    options = ("--images", "copy", "--image-suffix", "_leftImg8bit.jpg", "--image-format", "png")
    convert(source, tmp_path / "out", "yolo", *options)
    copied = tmp_path / "out" / PLACES["yolo"]
    assert copied.read_bytes().startswith(b"\x89PNG")
    np.testing.assert_array_equal(pixels(copied), pixels(source / f"leftImg8bit/{FRAME}_leftImg8bit.jpg"))


def test_voc_keeps_pngs_when_told_so_and_its_xml_names_them(illustrated: Path, tmp_path: Path) -> None:
    convert(illustrated, tmp_path / "out", "voc", "--images", "symlink", "--image-format", "keep")
    root = tmp_path / "out/VOCdevkit/VOC2012"
    assert (root / f"JPEGImages/{NAME}.png").is_symlink()
    assert f"<filename>{NAME}.png</filename>" in (root / f"Annotations/{NAME}.xml").read_text()


def test_an_image_that_must_be_encoded_anew_cannot_be_linked(illustrated: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"to be written as \.jpg cannot be linked") as caught:
        convert(illustrated, tmp_path / "out", "voc", "--images", "symlink")
    assert caught.value.hint == "--images copy"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"no image at all"])
def test_a_damaged_image_that_must_be_encoded_anew_is_named(content: bytes, source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", FRAME)
    write_images(source / "leftImg8bit", OTHER, content=content)
    outcome = cityconv("voc", source, "-o", tmp_path / "out", "--images", "copy")
    assert outcome.status == 1
    assert f"{OTHER}_leftImg8bit.png: not an image that can be read" in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_dry_run_lists_the_images_too_and_brings_none(illustrated: Path, tmp_path: Path) -> None:
    outcome = cityconv("yolo", illustrated, "-o", tmp_path / "out", "--images", "symlink", "--dry-run")
    assert str(tmp_path / "out" / PLACES["yolo"]) in outcome.out.splitlines()
    assert not (tmp_path / "out").exists()


def test_the_size_is_that_of_the_annotation_whether_or_not_there_is_an_image(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "out", "coco")
    (image,) = json.loads((tmp_path / "out/annotations/instances_train.json").read_bytes())["images"]
    assert (image["width"], image["height"]) == (64, 32)
