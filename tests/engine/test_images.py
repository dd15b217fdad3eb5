"""The images of the frames in an output: found, linked, copied, re-encoded, or missing."""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from cityconv.errors import SourceError, UsageError
from tests.builders import FRAME, street, write_dataset, zip_folder
from tests.commands import Outcome, cityconv, invoke, run_inline
from tests.pngs import read_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OTHER = "val/munster/munster_000000_000019"
NAME = FRAME.rpartition("/")[2]
IMAGE_PATHS = {
    "coco": f"images/train/aachen/{NAME}_leftImg8bit.png",
    "panoptic": f"images/train/aachen/{NAME}_leftImg8bit.png",
    "yolo": f"images/train/{NAME}_leftImg8bit.png",
    "voc": f"VOCdevkit/VOC2012/JPEGImages/{NAME}.jpg",
    "labelmap": f"leftImg8bit/train/aachen/{NAME}_leftImg8bit.png",
}


def picture(color: Sequence[int] = (40, 90, 160), ending: str = ".png") -> bytes:
    image = np.full((32, 64, 3), color, np.uint8)
    return cv2.imencode(ending, image)[1].tobytes()


def pixels(path: Path) -> NDArray[np.uint8]:
    return read_image(path)


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
def with_images(source: Path) -> Path:
    """The same data set with an image for each frame."""
    write_images(source / "leftImg8bit", FRAME, OTHER)
    return source


def convert(source: Path, out: Path, command: str, *options: str | Path) -> Outcome:
    outcome = invoke(command, source, "-o", out, "-j", "1", *options)
    assert outcome.status == 0, outcome.err
    return outcome


@pytest.mark.parametrize(("command", "path"), IMAGE_PATHS.items())
def test_images_are_copied_to_the_path_that_the_format_gives_them(
    command: str, path: str, with_images: Path, tmp_path: Path
) -> None:
    convert(with_images, tmp_path / "out", command, "--images", "copy")
    copied = tmp_path / "out" / path
    assert not copied.is_symlink()
    np.testing.assert_allclose(pixels(copied), pixels(with_images / f"leftImg8bit/{FRAME}_leftImg8bit.png"), atol=2)


@pytest.mark.parametrize("command", IMAGE_PATHS)
def test_without_the_option_no_images_are_written(command: str, with_images: Path, tmp_path: Path) -> None:
    convert(with_images, tmp_path / "out", command)
    assert not list((tmp_path / "out").rglob("*.jpg"))
    assert not list((tmp_path / "out").rglob("*_leftImg8bit.png"))


@pytest.mark.parametrize("command", ["coco", "panoptic", "yolo", "labelmap"])
def test_symbolic_links_point_to_the_original_with_relative_arguments_too(
    command: str, with_images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    convert(Path("source"), Path("out"), command, "--images", "symlink")
    linked = tmp_path / "out" / IMAGE_PATHS[command]
    assert linked.is_symlink()
    assert linked.resolve() == (with_images / f"leftImg8bit/{FRAME}_leftImg8bit.png").resolve()


def test_hard_links_are_the_same_file(with_images: Path, tmp_path: Path) -> None:
    convert(with_images, tmp_path / "out", "yolo", "--images", "hardlink")
    linked = tmp_path / "out" / IMAGE_PATHS["yolo"]
    assert not linked.is_symlink()
    assert linked.samefile(with_images / f"leftImg8bit/{FRAME}_leftImg8bit.png")


def test_copies_are_the_same_bytes(with_images: Path, tmp_path: Path) -> None:
    convert(with_images, tmp_path / "out", "yolo", "--images", "copy")
    assert (tmp_path / "out" / IMAGE_PATHS["yolo"]).read_bytes() == picture()


def test_images_are_found_below_an_image_root(source: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "elsewhere/deeper", FRAME, OTHER)
    convert(source, tmp_path / "out", "yolo", "--images", "symlink", "--image-root", tmp_path / "elsewhere")
    assert (tmp_path / "out" / IMAGE_PATHS["yolo"]).read_bytes() == picture()


def test_images_are_copied_out_of_a_zip(source: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "unpacked/leftImg8bit", FRAME, OTHER)
    archive = zip_folder(tmp_path / "unpacked", tmp_path / "images.zip")
    convert(source, tmp_path / "out", "coco", "--images", "copy", "--image-root", archive)
    assert (tmp_path / "out" / IMAGE_PATHS["coco"]).read_bytes() == picture()


def test_both_downloads_are_read_without_unpacking(with_images: Path, tmp_path: Path) -> None:
    for tree in ("gtFine", "leftImg8bit"):
        shutil.make_archive(str(tmp_path / f"{tree}_trainvaltest"), "zip", with_images, tree)
    convert(tmp_path / "gtFine_trainvaltest.zip", tmp_path / "out", "yolo", "--images", "copy")
    assert (tmp_path / "out" / IMAGE_PATHS["yolo"]).read_bytes() == picture()


@pytest.mark.parametrize("mode", ["symlink", "hardlink"])
def test_an_image_in_a_zip_cannot_be_linked_and_the_hint_suggests_a_copy(
    mode: str, source: Path, tmp_path: Path
) -> None:
    write_images(tmp_path / "unpacked", FRAME, OTHER)
    archive = zip_folder(tmp_path / "unpacked", tmp_path / "images.zip")
    outcome = run_inline("yolo", source, "-o", tmp_path / "out", "--images", mode, "--image-root", archive)
    assert outcome.status == 2
    assert "an image in a zip cannot be linked" in outcome.err
    assert "hint: --images copy" in outcome.err
    assert not (tmp_path / "out").exists()
    convert(source, tmp_path / "out", "yolo", "--images", "copy", "--image-root", archive)  # nothing was left behind


@pytest.mark.parametrize("suffix", ["_leftImg8bit_foggy_beta_0.02.png", "_leftImg8bit_rain_25mm.png", ".png"])
def test_renamed_images_are_matched_by_the_name_of_the_frame(suffix: str, source: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "foggy", FRAME, OTHER, suffix=suffix)
    convert(source, tmp_path / "out", "yolo", "--images", "copy", "--image-root", tmp_path / "foggy")
    renamed = IMAGE_PATHS["yolo"].replace("_leftImg8bit.png", suffix)
    assert (tmp_path / "out" / renamed).read_bytes() == picture()


def test_the_suffix_selects_one_of_several_images_and_names_the_output(source: Path, tmp_path: Path) -> None:
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
def test_a_missing_image_is_an_error_that_names_the_frame_and_nothing_is_written(
    mode: str, source: Path, tmp_path: Path
) -> None:
    write_images(source / "leftImg8bit", FRAME)
    outcome = run_inline("yolo", source, "-o", tmp_path / "out", "--images", mode)
    assert outcome.status == 1
    assert outcome.err.splitlines()[0].startswith("error: munster_000000_000019: no image found for ")
    assert "1 of 2 frames are bad; nothing was written" in outcome.err
    assert not (tmp_path / "out").exists()


def test_frames_with_missing_images_can_be_skipped(source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", FRAME)
    outcome = run_inline("yolo", source, "-o", tmp_path / "out", "--images", "copy", "--on-error", "skip")
    assert outcome.status == 0
    assert "munster_000000_000019: no image found" in outcome.err
    assert [path.name for path in (tmp_path / "out/labels").rglob("*.txt")] == [f"{NAME}_leftImg8bit.txt"]


def test_if_the_folder_of_images_is_missing_the_hint_names_the_option(source: Path, tmp_path: Path) -> None:
    outcome = run_inline("yolo", source, "-o", tmp_path / "out", "--images", "copy")
    assert outcome.status == 1
    assert "--image-root says where the images are" in outcome.err


@pytest.mark.parametrize(
    ("command", "path"),
    [(command, path.replace(".png", ".jpg")) for command, path in IMAGE_PATHS.items()],
)
def test_images_can_be_re_encoded_as_jpeg(command: str, path: str, with_images: Path, tmp_path: Path) -> None:
    convert(with_images, tmp_path / "out", command, "--images", "copy", "--image-format", "jpg")
    content = (tmp_path / "out" / path).read_bytes()
    assert content.startswith(b"\xff\xd8\xff")
    assert pixels(tmp_path / "out" / path).shape == (32, 64, 3)


@pytest.mark.parametrize("command", ["coco", "panoptic"])
def test_file_names_in_the_json_are_those_of_the_written_images(
    command: str, with_images: Path, tmp_path: Path
) -> None:
    convert(with_images, tmp_path / "out", command, "--images", "copy", "--image-format", "jpg")
    (path,) = (path for path in (tmp_path / "out").rglob("*_train.json"))
    (image,) = json.loads(path.read_bytes())["images"]
    assert (tmp_path / "out/images/train" / image["file_name"]).is_file()


def test_jpegs_can_be_re_encoded_as_png(source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", FRAME, OTHER, suffix="_leftImg8bit.jpg", content=picture(ending=".jpg"))
    options = ("--images", "copy", "--image-suffix", "_leftImg8bit.jpg", "--image-format", "png")
    convert(source, tmp_path / "out", "yolo", *options)
    copied = tmp_path / "out" / IMAGE_PATHS["yolo"]
    assert copied.read_bytes().startswith(b"\x89PNG")
    np.testing.assert_array_equal(pixels(copied), pixels(source / f"leftImg8bit/{FRAME}_leftImg8bit.jpg"))


def test_voc_keeps_pngs_on_request_and_its_xml_names_them(with_images: Path, tmp_path: Path) -> None:
    convert(with_images, tmp_path / "out", "voc", "--images", "symlink", "--image-format", "keep")
    root = tmp_path / "out/VOCdevkit/VOC2012"
    assert (root / f"JPEGImages/{NAME}.png").is_symlink()
    assert f"<filename>{NAME}.png</filename>" in (root / f"Annotations/{NAME}.xml").read_text()


def test_an_image_that_must_be_re_encoded_cannot_be_linked(with_images: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"to be written as \.jpg cannot be linked") as caught:
        convert(with_images, tmp_path / "out", "voc", "--images", "symlink")
    assert caught.value.hint == "--images copy"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_a_damaged_image_that_must_be_re_encoded_is_named(content: bytes, source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", FRAME)
    write_images(source / "leftImg8bit", OTHER, content=content)
    outcome = run_inline("voc", source, "-o", tmp_path / "out", "--images", "copy")
    assert outcome.status == 1
    assert f"{OTHER}_leftImg8bit.png: cannot be decoded as an image" in outcome.err
    assert not (tmp_path / "out").exists()


def test_a_dry_run_lists_the_images_and_writes_none(with_images: Path, tmp_path: Path) -> None:
    outcome = run_inline("yolo", with_images, "-o", tmp_path / "out", "--images", "symlink", "--dry-run")
    assert str(tmp_path / "out" / IMAGE_PATHS["yolo"]) in outcome.out.splitlines()
    assert not (tmp_path / "out").exists()


def test_the_image_size_is_taken_from_the_annotation_if_there_is_no_image(source: Path, tmp_path: Path) -> None:
    convert(source, tmp_path / "out", "coco")
    (image,) = json.loads((tmp_path / "out/annotations/instances_train.json").read_bytes())["images"]
    assert (image["width"], image["height"]) == (64, 32)


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """Return a JPEG with an EXIF orientation; 6 is a quarter turn."""
    tag = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + tag + bytes(4)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_not_applied(orientation: int, source: Path, tmp_path: Path) -> None:
    gradient = np.dstack(np.broadcast_arrays(np.arange(64), 4 * np.arange(32)[:, None], 90)).astype(np.uint8)
    jpeg = cv2.imencode(".jpg", gradient)[1].tobytes()
    write_images(source / "leftImg8bit", FRAME, OTHER, suffix=".jpg", content=with_orientation(jpeg, orientation))
    convert(source, tmp_path / "out", "voc", "--images", "copy", "--image-format", "png")
    copied = pixels(tmp_path / f"out/VOCdevkit/VOC2012/JPEGImages/{NAME}.png")
    np.testing.assert_array_equal(copied, cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    assert run_inline("verify", source, tmp_path / "out").status == 0


@pytest.mark.parametrize("ending", [".png", ".jpg", ".webp", ".bmp"])
@pytest.mark.parametrize("encoding", ["keep", "png"])
def test_an_image_of_another_size_than_its_annotation_is_a_bad_frame(
    ending: str, encoding: str, source: Path, tmp_path: Path
) -> None:
    content = cv2.imencode(ending, np.zeros((64, 32, 3), np.uint8))[1].tobytes()
    write_images(source / "leftImg8bit", FRAME, suffix=f"_x{ending}", content=content)
    write_images(source / "leftImg8bit", OTHER, suffix=f"_x{ending}", content=picture(ending=ending))
    options = ("--images", "copy", "--image-suffix", f"_x{ending}", "--image-format", encoding)
    outcome = run_inline("voc", source, "-o", tmp_path / "out", *options)
    expected = f"{FRAME}_x{ending}: 32 x 64 pixels where the annotation has 64 x 32"
    assert outcome.status == 1
    assert outcome.err.splitlines() == [
        f"error: {source}/leftImg8bit/{expected}",
        "1 of 2 frames are bad; nothing was written",
    ]


@pytest.mark.parametrize("mode", ["copy", "symlink", "hardlink"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_link_out_of_the_folder_of_images_is_a_bad_frame(mode: str, jobs: str, source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", OTHER)
    write_images(source / "elsewhere", "7f", suffix=".png")
    link = source / f"leftImg8bit/{FRAME}_leftImg8bit.png"
    link.parent.mkdir(parents=True)
    link.symlink_to(source / "elsewhere/7f.png")
    outcome = run_inline("yolo", source, "-o", tmp_path / "out", "--images", mode, "-j", jobs)
    assert outcome.status == 1
    assert outcome.err.splitlines()[0] == f"error: {link}: a symbolic link out of the folder of images"
    assert not (tmp_path / "out").exists()
    convert(source, tmp_path / "all", "yolo", "--images", mode, "--image-root", source)


def test_links_within_the_folder_of_images_are_followed(source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", OTHER)
    write_images(source / "leftImg8bit/blobs", "7f", suffix=".png")
    link = source / f"leftImg8bit/{FRAME}_leftImg8bit.png"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../blobs/7f.png")
    (tmp_path / "images").symlink_to(source / "leftImg8bit")  # the folder itself may be a link
    convert(source, tmp_path / "out", "yolo", "--images", "copy", "--image-root", tmp_path / "images")
    assert (tmp_path / "out" / IMAGE_PATHS["yolo"]).read_bytes() == picture()


@pytest.mark.parametrize("command", ["yolo", "coco"])
def test_images_of_a_frame_with_the_same_name_are_refused(command: str, source: Path, tmp_path: Path) -> None:
    twice = ("--image-suffix", "_x.png", "--image-suffix", "_x.png")
    outcome = run_inline(command, source, "-o", tmp_path / "out", *twice)
    assert outcome == (2, "", "error: --image-suffix: '_x.png' is given twice\n")
    for suffix in ("_x.png", "_x.jpg"):
        write_images(source / "leftImg8bit", FRAME, OTHER, suffix=suffix)
    both = ("--image-suffix", "_x.png", "--image-suffix", "_x.jpg", "--images", "copy", "--image-format", "jpg")
    outcome = run_inline(command, source, "-o", tmp_path / "out", *both)
    assert outcome.status == 2
    assert outcome.err.startswith("error: --image-suffix: two images of ")


@pytest.mark.parametrize("suffix", ["", "_x", "foo", "_x."])
@pytest.mark.parametrize("command", ["voc", "yolo", "coco"])
def test_a_suffix_of_images_without_an_extension_is_refused(
    command: str, suffix: str, source: Path, tmp_path: Path
) -> None:
    write_images(source / "leftImg8bit", FRAME, OTHER, suffix=suffix)
    options = ("--images", "copy", "--image-suffix", suffix, "--image-format", "keep")
    outcome = run_inline(command, source, "-o", tmp_path / "out", *options)
    error, _ = outcome.err.splitlines()
    assert (outcome.status, error) == (2, f"error: --image-suffix: {suffix!r} has no extension")


@pytest.mark.parametrize("command", ["voc", "yolo", "coco"])
@pytest.mark.parametrize("encoding", ["keep", "jpg"])
def test_an_unknown_extension_ends_in_one_line_or_in_a_copy(
    command: str, encoding: str, source: Path, tmp_path: Path
) -> None:
    write_images(source / "leftImg8bit", FRAME, OTHER, suffix="_x.foo", content=b"foo")
    options = ("--images", "copy", "--image-suffix", "_x.foo", "--image-format", encoding, "--on-error", "skip")
    outcome = run_inline(command, source, "-o", tmp_path / "out", *options, "-q")
    if encoding == "keep":
        assert (outcome.status, outcome.err) == (0, "")
        assert [path.read_bytes() for path in (tmp_path / "out").rglob("*.foo")] == [b"foo"] * 2
    else:
        first, second, _ = outcome.err.splitlines()
        assert outcome.status == 1
        assert first.endswith(f"{FRAME}_x.foo: cannot be decoded as an image")
        assert second.endswith(f"{OTHER}_x.foo: cannot be decoded as an image")


def png_with(name: bytes, data: bytes) -> bytes:
    """Return a PNG with another chunk in front of its pixels."""
    content = picture()
    start = content.index(b"IDAT") - 4
    chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return content[:start] + chunk + content[start:]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_no_line_of_a_library_reaches_standard_error(jobs: str, source: Path, tmp_path: Path) -> None:
    write_images(source / "leftImg8bit", FRAME, content=png_with(b"gAMA", b"12"))
    write_images(source / "leftImg8bit", OTHER, content=png_with(b"iCCP", b"x"))
    outcome = cityconv("voc", source, "-o", tmp_path / "out", "--images", "copy", "-q", "-j", jobs)
    assert outcome == (0, "", "")
    write_images(source / "leftImg8bit", FRAME, OTHER, suffix="_y.jpg", content=picture(ending=".jpg"))
    options = ("--images", "copy", "--image-suffix", "_y.jpg", "--image-format", "png", "-q", "-j", jobs)
    assert cityconv("voc", source, "-o", tmp_path / "as_png", *options) == (0, "", "")


def test_a_jpeg_that_has_lost_data_is_not_re_encoded(source: Path, tmp_path: Path) -> None:
    noise = cv2.imencode(".jpg", np.random.default_rng(0).integers(0, 255, (32, 64, 3), dtype=np.uint8))[1].tobytes()
    middle = 2 * len(noise) // 3
    damaged = noise[:middle] + b"\xff\xd9" * 10 + noise[middle + 20 :]
    write_images(source / "leftImg8bit", FRAME, suffix=".jpg", content=damaged)
    write_images(source / "leftImg8bit", OTHER, suffix=".jpg", content=noise)
    outcome = run_inline("coco", source, "-o", tmp_path / "out", "--images", "copy", "--image-format", "png")
    assert outcome.err.splitlines() == [
        f"error: {source}/leftImg8bit/{FRAME}.jpg: damaged: Corrupt JPEG data: premature end of data segment",
        "1 of 2 frames are bad; nothing was written",
    ]
