"""Photographs: which file is whose, in every layout, and what is said when that cannot be told."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from cityconv.errors import SourceError, UsageError
from cityconv.source.files import File
from cityconv.source.image_size import image_size, read_image_size
from cityconv.source.images import find_images
from cityconv.source.layout import find_dataset
from tests.builders import street, write_annotation, zip_folder
from tests.pngs import decode_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOGGY = [f"_leftImg8bit_foggy_beta_{beta}.png" for beta in ("0.005", "0.01", "0.02")]
# Data sets: annotations, and the photograph that belongs to each.
LAYOUTS = {
    "the release": {
        "gtFine/train/aachen/aachen_0_19_gtFine": "leftImg8bit/train/aachen/aachen_0_19_leftImg8bit.png",
        "gtFine/val/munster/munster_0_19_gtFine": "leftImg8bit/val/munster/munster_0_19_leftImg8bit.png",
    },
    "IDD": {
        "gtFine/train/0/frame0029_gtFine": "leftImg8bit/train/0/frame0029_leftImg8bit.png",
        "gtFine/train/1/frame0029_gtFine": "leftImg8bit/train/1/frame0029_leftImg8bit.jpg",
        "gtFine/val/0/frame0029_gtFine": "leftImg8bit/val/0/frame0029_leftImg8bit.png",
    },
    "Supervisely": {
        "gtFine/train/data set/IMG (1) [x]_gtFine": "leftImg8bit/train/data set/IMG (1) [x]_leftImg8bit.png",
        "gtFine/train/data set/Straße.v2_gtFine": "leftImg8bit/train/data set/Straße.v2.JPG",
    },
    "a suffix of three kinds": {
        "gtFine/train/berlin/berlin_drive_01_frame_1_gtFine": "leftImg8bit/train/berlin/berlin_drive_01_frame_1.png",
        "gtFine/train/berlin/berlin_0001_gtFine": "leftImg8bit/train/berlin/berlin_0001_rgb.png",
        "gtFine/train/berlin/berlin_2_gtFine": "leftImg8bit/train/berlin/berlin_2_leftImg8bit_foggy_beta_0.02.png",
    },
    "no city folders": {
        "gt/train/pano12": "photos/train/pano12.jpg",
        "gt/val/pano12": "photos/val/pano12.jpg",
    },
    "no folders": {"a": "a.png", "a_b": "a_b.png", "b_1": "b_1.jpeg"},
    "names that begin alike": {
        "gtFine/train/x/a_gtFine": "leftImg8bit/train/x/a.png",
        "gtFine/train/x/a_b_gtFine": "leftImg8bit/train/x/a_b.png",
        "gtFine/train/y/a_gtFine": "leftImg8bit/train/y/a.png",
        "gtFine/val/y/a_1_gtFine": "leftImg8bit/val/y/a_1.png",
    },
    "ACDC": {
        "gt/fog/train/GP1/GP1_1_gt": "rgb_anon/fog/train/GP1/GP1_1_rgb_anon.png",
        "gt/rain/train/GP1/GP1_1_gt": "rgb_anon/rain/train/GP1/GP1_1_rgb_anon.png",
    },
    "the city's folder only": {
        "gtFine/train/0/f_gtFine": "leftImg8bit/0/f.png",
        "gtFine/val/1/f_gtFine": "leftImg8bit/1/f.png",
    },
    "the split's folder only": {
        "gtFine/train/0/f_gtFine": "leftImg8bit/train/f.png",
        "gtFine/val/1/f_gtFine": "leftImg8bit/val/f.png",
    },
    "any one place": {
        "gtFine/train/0/f_gtFine": "leftImg8bit/front/f.png",
        "gtFine/val/1/g_gtFine": "leftImg8bit/g.png",
    },
    "KITTI": {
        "training/semantic/000000_10": "training/image_2/000000_10.png",
        "training/semantic/000001_10": "training/image_2/000001_10.png",
    },
    "the tree below the split": {
        "train/gt/x": "train/images/x.png",
        "val/gt/x": "val/images/x.png",
    },
}
layouts = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def write(root: Path, annotations: Iterable[str] = (), images: Iterable[str] = ()) -> Path:
    """Write annotations, named without `_polygons.json`, and images, whose content is their path."""
    for name in annotations:
        write_annotation(root / f"{name}_polygons.json", street())
    for name in images:
        write_annotation(root / name, name.encode())
    return root


def found(
    source: Path,
    image_root: Path | None = None,
    suffixes: Sequence[str] = (),
    splits: Sequence[str] = (),
    cities: Sequence[str] = (),
) -> dict[str, list[str]]:
    """Return the photographs of each frame, given by their content; checks that the suffix is what they end with."""
    dataset = find_dataset(source, splits, cities)
    images = find_images(dataset, image_root, suffixes)
    for frame in dataset.frames:
        for photograph in images.get(frame.key, ()):
            assert photograph.file.path.endswith(f"{frame.name}{photograph.suffix}")
    return {"/".join(key): [item.file.read().decode() for item in images[key]] for key in images}


@layouts
def test_each_frame_finds_its_own(layout: dict[str, str], tmp_path: Path) -> None:
    root = write(tmp_path / "own", layout, layout.values())
    dataset = find_dataset(root)
    images = find_images(dataset)
    expected = {f"{root}/{name}_polygons.json": [image] for name, image in layout.items()}
    assert {
        frame.where: [item.file.read().decode() for item in images.get(frame.key, ())] for frame in dataset.frames
    } == expected


@layouts
def test_a_zip_of_both_gives_what_the_folder_gives(layout: dict[str, str], tmp_path: Path) -> None:
    root = write(tmp_path / "own", layout, layout.values())
    assert found(zip_folder(root, tmp_path / "zip/own.zip")) == found(root)


@layouts
def test_a_zip_with_backslashes_gives_it_too(layout: dict[str, str], tmp_path: Path) -> None:
    root = write(tmp_path / "own", layout, layout.values())
    (tmp_path / "zip").mkdir()
    with zipfile.ZipFile(tmp_path / "zip/own.zip", "w") as opened:
        for path in (path for path in root.rglob("*") if path.is_file()):
            opened.writestr(str(path.relative_to(root)).replace("/", "\\"), path.read_bytes())
    assert found(tmp_path / "zip/own.zip") == found(root)


@layouts
def test_a_part_finds_what_the_whole_finds(layout: dict[str, str], tmp_path: Path) -> None:
    root = write(tmp_path / "own", layout, layout.values())
    whole = found(root, root)
    for name in layout:
        assert found(root / f"{name}_polygons.json", root).items() <= whole.items()


def test_a_relative_source_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = LAYOUTS["IDD"]
    write(tmp_path, layout, layout.values())
    monkeypatch.chdir(tmp_path / "gtFine/train/0")
    (tmp_path / "leftImg8bit/train/0/frame0029_leftImg8bit.png").rename(tmp_path / "leftImg8bit/frame0029.png")
    assert found(Path()) == {"train/0/frame0029": ["leftImg8bit/train/0/frame0029_leftImg8bit.png"]}


def test_both_downloads_are_read_in_place(tmp_path: Path) -> None:
    layout = LAYOUTS["the release"]
    root = write(tmp_path / "own", layout, layout.values())
    for tree in ("gtFine", "leftImg8bit"):
        shutil.make_archive(str(tmp_path / f"{tree}_trainvaltest"), "zip", root, tree)
    assert found(tmp_path / "gtFine_trainvaltest.zip") == found(root)


def test_several_suffixes_give_several_photographs_in_their_order(tmp_path: Path) -> None:
    frame = "gtFine/train/ulm/ulm_0_0_gtFine"
    images = [f"leftImg8bit/train/ulm/ulm_0_0{suffix}" for suffix in FOGGY]
    root = write(tmp_path, [frame, frame.replace("0_0", "0_1")], [*images, images[1].replace("0_0", "0_1")])
    suffixes = [FOGGY[2], FOGGY[0], FOGGY[1], FOGGY[2]]
    assert found(root, suffixes=suffixes) == {
        "train/ulm/ulm_0_0": [images[2], images[0], images[1]],
        "train/ulm/ulm_0_1": [images[1].replace("0_0", "0_1")],
    }


def test_several_photographs_without_a_suffix_are_listed(tmp_path: Path) -> None:
    images = [f"leftImg8bit/train/ulm/ulm_0_0{suffix}" for suffix in FOGGY]
    root = write(tmp_path, ["gtFine/train/ulm/ulm_0_0_gtFine"], images)
    with pytest.raises(SourceError, match="ulm_0_0: 3 images: ") as caught:
        found(root)
    assert all(suffix in str(caught.value) for suffix in FOGGY)
    assert "--image-suffix" in caught.value.hint


def test_the_expected_suffix_comes_before_others(tmp_path: Path) -> None:
    images = [f"leftImg8bit/train/ulm/ulm_0_0{suffix}" for suffix in (*FOGGY, "_leftImg8bit.png")]
    root = write(tmp_path, ["gtFine/train/ulm/ulm_0_0_gtFine"], images)
    assert found(root) == {"train/ulm/ulm_0_0": [images[-1]]}


def test_a_suffix_that_is_given_is_not_replaced_by_another(tmp_path: Path) -> None:
    root = write(tmp_path, ["gtFine/train/ulm/a_gtFine"], ["leftImg8bit/train/ulm/a_leftImg8bit.png"])
    assert found(root, suffixes=["_rgb.png"]) == {}


def test_the_same_file_in_two_places_is_refused_with_both(tmp_path: Path) -> None:
    root = write(tmp_path, ["gtFine/train/0/a_gtFine"], ["leftImg8bit/x/a.png", "leftImg8bit/y/a.png"])
    with pytest.raises(SourceError, match=r"x/a\.png, .*y/a\.png"):
        found(root)


@pytest.mark.parametrize(
    "kind",
    [
        "gtFine_color",
        "gtFine_labelIds",
        "gtCoarse_labelIds",
        "disparity",
        "camera",
        "vehicle",
        "gt_labelColor",
        "labelIds",
    ],
)
def test_maps_are_no_photographs(kind: str, tmp_path: Path) -> None:
    layout = {"train/x/a": "train/x/a.png"}
    root = write(tmp_path, layout, [*layout.values(), f"train/x/a_{kind}.png"])
    assert found(root) == {"train/x/a": ["train/x/a.png"]}
    with pytest.raises(UsageError, match=f"_{kind}.png' is not a suffix of photographs"):
        found(root, suffixes=[f"_{kind}.png"])


@pytest.mark.parametrize("suffixes", [[], ["_leftImg8bit.png"]])
def test_a_root_of_maps_alone_has_no_photographs(suffixes: list[str], tmp_path: Path) -> None:
    names = [f"gtFine/train/x/a_{kind}.png" for kind in ("gtFine_color", "gtFine_labelIds", "gtCoarse_color")]
    root = write(tmp_path, ["gtFine/train/x/a_gtFine"], names)
    assert find_images(find_dataset(root), root / "gtFine", suffixes) == {}


@pytest.mark.parametrize("missing", ["val/1", "train/1"])
def test_the_photograph_of_another_frame_is_never_taken(missing: str, tmp_path: Path) -> None:
    keys = ["train/0", "train/1", "val/1"]
    present = [key for key in keys if key != missing]
    root = write(tmp_path, [f"gtFine/{key}/f_gtFine" for key in keys], [f"leftImg8bit/{key}/f.png" for key in present])
    expected = {f"{key}/f": [f"leftImg8bit/{key}/f.png"] for key in present}
    assert found(root) == expected
    split, city = missing.split("/")
    assert missing not in found(root, splits=[split])
    assert found(root, splits=[split], cities=[city]) == {}
    assert found(root / "gtFine" / missing) == {}


def test_one_photograph_that_two_frames_could_have_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path, ["gtFine/train/0/f_gtFine", "gtFine/train/1/f_gtFine"], ["leftImg8bit/f.png"])
    with pytest.raises(SourceError, match=r"leftImg8bit/f\.png: may belong to .*0/f_.* and to .*1/f_"):
        found(root)


def test_without_photographs_the_hint_says_how_to_name_a_place(tmp_path: Path) -> None:
    root = write(tmp_path, ["gtFine/train/0/f_gtFine"], ["gtFine/train/0/f_gtFine_labelIds.png"])
    with pytest.raises(SourceError, match="no leftImg8bit folder") as caught:
        found(root)
    assert "--image-root" in caught.value.hint


def test_an_image_root_may_be_a_folder_above_or_a_zip(tmp_path: Path) -> None:
    layout = LAYOUTS["IDD"]
    root = write(tmp_path / "own", layout)
    images = write(tmp_path / "elsewhere/deeper", (), layout.values())
    expected = found(root, images)
    assert len(expected) == 3
    assert found(root, images.parent) == expected
    assert found(root, zip_folder(images, tmp_path / "images.zip")) == expected


def test_a_link_in_a_circle_below_the_images_is_passed_over(tmp_path: Path) -> None:
    layout = LAYOUTS["IDD"]
    root = write(tmp_path, layout, layout.values())
    expected = found(root)
    (root / "leftImg8bit/train/again").symlink_to(root / "leftImg8bit")
    (root / "leftImg8bit/train/self").symlink_to("self")
    assert found(root) == expected


# The size of a photograph


def picture(width: int, height: int, ending: str) -> bytes:
    return cv2.imencode(ending, np.zeros((height, width, 3), np.uint8))[1].tobytes()


def with_metadata(jpeg: bytes, *lengths: int) -> bytes:
    """Return a JPEG with application segments of these lengths behind its start."""
    segments = (b"\xff\xe1" + (length + 2).to_bytes(2, "big") + bytes(length) for length in lengths)
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


EXIF_ROTATED = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"


@pytest.mark.parametrize("ending", [".png", ".jpg"])
@pytest.mark.parametrize("size", [(1, 1), (640, 3), (3, 640)])
def test_the_size_is_read_from_the_header(ending: str, size: tuple[int, int]) -> None:
    assert image_size(picture(*size, ending)) == size
    assert image_size(picture(*size, ending)[:1000]) == size


def test_progressive_jpegs_have_a_size() -> None:
    content = cv2.imencode(".jpg", np.zeros((3, 5, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()
    assert image_size(content) == (5, 3)


def test_the_size_is_the_stored_one_whatever_the_orientation() -> None:
    jpeg = picture(20, 10, ".jpg")
    rotated = jpeg[:2] + b"\xff\xe1" + (len(EXIF_ROTATED) + 2).to_bytes(2, "big") + EXIF_ROTATED + jpeg[2:]
    assert decode_image(rotated, cv2.IMREAD_COLOR).shape[:2] == (20, 10)
    assert image_size(rotated) == (20, 10)


def test_the_size_is_found_behind_much_metadata(tmp_path: Path) -> None:
    content = with_metadata(picture(20, 10, ".jpg"), 65_000, 65_000)
    assert image_size(content[:60_000]) is None
    (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "b.png").write_bytes(picture(7, 9, ".png"))
    assert read_image_size(File(str(tmp_path / "a.jpg"))) == (20, 10)
    archive = zip_folder(tmp_path, tmp_path / "c.zip")
    assert read_image_size(File("a.jpg", str(archive))) == (20, 10)
    assert read_image_size(File("b.png", str(archive))) == (7, 9)


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a", b"\xff\xd8", b"\xff\xd8" + b"\xff" * 10**6, b"\xff\xd8" + b"\xff\xe1\0\0" * 10**6]
    + [picture(5, 5, ending)[:20] for ending in (".png", ".jpg")],
)  # fmt: skip
def test_what_is_no_image_has_no_size(content: bytes) -> None:
    assert image_size(content) is None
