"""Verification of the released PNGs beside the polygons."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from cityconv.check.findings import Check
from cityconv.errors import SourceError
from cityconv.frame.reading import FrameReader
from cityconv.source.layout import find_frames
from cityconv.verification.ground_truth import check_ground_truth
from cityconv.verification.options import TargetOptions
from cityconv.verification.verify import verify
from tests.builders import FRAME, SCENES, annotation_path, write_dataset, zip_folder
from tests.check.planted import OWN_DATA, forget
from tests.commands import invoke
from tests.pngs import read_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cityconv.vocabulary import ReadKind

KINDS = ("labelIds", "instanceIds", "color", "labelTrainIds", "instanceTrainIds")


def release(folder: Path, tree: str = "gtFine") -> Path:
    """Make a data set with PNGs beside the polygons."""
    root = write_dataset(folder, SCENES, tree)
    options = [word for kind in KINDS for word in ("--kind", kind)]
    assert invoke("labelmap", root, "-o", root, "-j", "1", *options).status == 0
    forget(root)
    return root


def checked(source: Path, cities: tuple[str, ...] = ()) -> Check:
    check = check_ground_truth(find_frames(source, cities=cities), FrameReader())
    check.take([check.work(frame) for frame in check.frames])
    return check


def png(root: Path, kind: str, key: str = FRAME) -> Path:
    return root / f"gtFine/{key}_gtFine_{kind}.png"


@pytest.mark.parametrize("tree", ["gtFine", "gtCoarse"])
def test_equal_pngs_have_no_findings(tree: str, tmp_path: Path) -> None:
    check = checked(release(tmp_path, tree))
    assert check.findings == []
    assert check.compared == {"PNGs": len(SCENES) * len(KINDS), "differing pixels": 0}


def test_a_zip_or_a_part_of_the_data_set_can_be_verified(tmp_path: Path) -> None:
    root = release(tmp_path / "root")
    archive = zip_folder(root, tmp_path / "gtFine.zip")
    assert checked(archive).findings == []
    assert checked(root, cities=("ulm",)).compared["PNGs"] == len(KINDS)
    assert checked(annotation_path(root, FRAME)).compared["PNGs"] == len(KINDS)
    assert checked(root / "gtFine/val/munster").compared["PNGs"] == len(KINDS)


def test_only_kinds_that_are_present_are_compared(tmp_path: Path) -> None:
    root = release(tmp_path)
    for path in root.rglob("*TrainIds.png"):
        path.unlink()
    check = checked(root)
    assert check.findings == []
    assert check.compared["PNGs"] == len(SCENES) * 3


def test_a_data_set_without_any_pngs_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no PNGs to compare") as caught:
        checked(write_dataset(tmp_path))
    assert caught.value.hint == "to verify an output, name it: cityconv verify SRC OUT"


def change_pixel(path: Path) -> None:
    pixels = read_image(path)
    pixels[20, 30] ^= 1
    cv2.imwrite(str(path), pixels)


def rewrite(path: Path, edit: Callable[[NDArray[Any]], NDArray[Any]]) -> None:
    cv2.imwrite(str(path), edit(read_image(path)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_pixel_is_found_in_every_kind(kind: str, tmp_path: Path) -> None:
    root = release(tmp_path)
    change_pixel(png(root, kind))
    check = checked(root)
    (finding,) = check.findings
    assert (finding.kind, finding.file) == ("pixels", str(png(root, kind)))
    assert finding.message.startswith("1 pixel differs, first at x 30, y 20: ")
    assert check.compared["differing pixels"] == 1


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "missing": (lambda path: path.unlink(), "missing", "missing, though other frames have this kind of PNG"),
    "cut off": (lambda path: path.write_bytes(path.read_bytes()[:-9]), "unreadable", "truncated after byte"),
    "empty": (lambda path: path.write_bytes(b""), "unreadable", "the file is empty"),
    "text": (lambda path: path.write_bytes(b"<html>"), "unreadable", "not a PNG"),
    "a folder": (replace_by_folder, "unreadable", "is a directory"),
    "turned": (lambda path: rewrite(path, np.rot90), "size", "32 x 64 pixels where the annotation has 64 x 32"),
    "16 bits": (
        lambda path: rewrite(path, lambda p: p.astype(np.uint16)),
        "unreadable",
        "16-bit gray where 8-bit gray",
    ),
    "colors": (lambda path: rewrite(path, lambda p: np.dstack([p] * 3)), "unreadable", "8-bit RGB where 8-bit gray"),
}


@pytest.mark.parametrize(("plant", "kind", "message"), FAULTS.values(), ids=FAULTS)
def test_a_bad_file_is_found(plant: Callable[[Path], object], kind: str, message: str, tmp_path: Path) -> None:
    root = release(tmp_path)
    plant(png(root, "labelIds"))
    (finding,) = checked(root).findings
    assert (finding.kind, finding.file) == (kind, str(png(root, "labelIds")))
    assert message in finding.message


def test_pngs_of_another_frame_are_found(tmp_path: Path) -> None:
    root = release(tmp_path)
    shutil.copy(png(root, "instanceIds", "train/ulm/ulm_000000_000019"), png(root, "instanceIds"))
    (finding,) = checked(root).findings
    assert finding.kind == "pixels"


def test_pngs_without_polygons_are_found(tmp_path: Path) -> None:
    root = release(tmp_path)
    annotation_path(root, FRAME).unlink()
    findings = checked(root).findings
    assert [(finding.kind, Path(finding.file).name) for finding in findings] == [
        ("extra", png(root, kind).name) for kind in sorted(KINDS)
    ]


def test_a_damaged_member_of_a_zip_is_found(tmp_path: Path) -> None:
    root = release(tmp_path / "root")
    archive = zip_folder(root, tmp_path / "gtFine.zip")
    content = bytearray(archive.read_bytes())
    offset = content.index(b"labelIds.png") + len(b"labelIds.png")
    content[offset + 20] ^= 255
    archive.write_bytes(content)
    (finding,) = checked(archive).findings
    assert finding.kind == "unreadable"


def test_polygons_that_cannot_be_read_are_a_finding(tmp_path: Path) -> None:
    root = release(tmp_path)
    annotation_path(root, FRAME).write_text('{"imgHeight": 1}')
    (finding,) = checked(root).findings
    assert finding.kind == "annotation"
    assert "imgWidth" in finding.message


MAPS = ("labelIds", "labelTrainIds", "color", "instanceIds", "instanceTrainIds", "categoryIds")
TOLD_BY = {
    "instanceIds": {"labelIds", "labelTrainIds", "color", "instanceTrainIds", "categoryIds"},
    "labelIds": {"labelTrainIds", "color", "categoryIds"},
    "labelTrainIds": set[str](),
    "color": {"categoryIds"},
}


@pytest.mark.parametrize("read", TOLD_BY)
def test_maps_are_compared_with_the_maps_that_they_tell(read: ReadKind, tmp_path: Path) -> None:
    root = write_dataset(tmp_path / "source", SCENES)
    options = [word for kind in MAPS for word in ("--kind", kind)]
    assert invoke("labelmap", root, "-o", tmp_path / "maps", "-j", "1", *options).status == 0
    forget(tmp_path / "maps")
    target = TargetOptions(source=tmp_path / "maps", read=read)
    if not TOLD_BY[read]:
        with pytest.raises(SourceError, match="no PNGs to compare"):
            verify(target)
        return
    result = verify(target)
    assert result.findings == []
    (check,) = result.checks
    assert check.compared == {"PNGs": len(SCENES) * len(TOLD_BY[read]), "differing pixels": 0}
    left_out = set(MAPS) - TOLD_BY[read] - {read}
    assert {note.partition(" ")[0] for note in check.notes} == left_out
    change_pixel(tmp_path / f"maps/gtFine/{FRAME}_gtFine_categoryIds.png")
    (finding,) = verify(target).findings
    assert finding.kind == "pixels"


def test_maps_of_other_names_are_compared_and_maps_without_one_are_found(tmp_path: Path) -> None:
    root = write_dataset(tmp_path / "source", SCENES)
    kinds = ("--kind", "labelIds", "--kind", "color")
    assert invoke("labelmap", root, "-o", tmp_path / "maps", "-j", "1", *kinds).status == 0
    forget(tmp_path / "maps")
    for path in (tmp_path / "maps").rglob("*_labelIds.png"):
        path.rename(path.with_name(path.name.replace("_labelIds.png", "_predicted.png")))
    target = TargetOptions(source=tmp_path / "maps", read="labelIds", map_suffix="_predicted.png")
    assert verify(target).findings == []
    (tmp_path / f"maps/gtFine/{FRAME}_gtFine_predicted.png").unlink()
    (finding,) = verify(target).findings
    assert (finding.kind, finding.message) == ("extra", "a PNG without *_predicted.png")


def test_maps_of_a_table_of_its_own_are_compared(tmp_path: Path) -> None:
    root = write_dataset(tmp_path, OWN_DATA["labels of IDD"].scenes)
    kinds = ("--kind", "labelIds", "--kind", "level3Ids", "--kind", "instancelevel1Ids")
    assert invoke("labelmap", root, "-o", root, "-j", "1", "--labels", "idd", *kinds).status == 0
    forget(root)
    target = TargetOptions(source=root, labels="idd")
    (check,) = verify(target).checks
    assert (check.findings, check.compared["PNGs"]) == ([], 2 * 4)
    change_pixel(root / "gtFine/train/0/frame0029_gtFine_instancelevel3Ids.png")
    assert [finding.kind for finding in verify(target).findings] == ["pixels"]
