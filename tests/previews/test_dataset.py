"""The preview of a data set: pictures, objects and index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from tests.builders import FRAME, SCENES, box, document, street, tree_of, write_dataset, write_images
from tests.commands import convert, invoke, run_inline
from tests.previews.galleries import objects_of, read_index, read_script

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ULM = "train/ulm/ulm_000000_000019"
CAR = np.array([142, 0, 0])  # blue, green, red
GRAY = 90


def picture_of(out: Path, frame: str, suffix: str = "png") -> NDArray[np.int64]:
    """Return the picture of a frame: int64 (h, w, 3), blue, green, red."""
    folder, _, name = frame.rpartition("/")
    return np.asarray(cv2.imread(str(out / f"pictures/{folder}/preview_{name}.{suffix}"))).astype(np.int64)


def test_the_objects_of_a_frame_are_those_of_its_label_map(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: street()})
    convert("preview", source, "-o", tmp_path / "out")
    convert("labelmap", source, "-o", tmp_path / "maps", "--kind", "instanceIds")
    path = tmp_path / f"maps/gtFine/{FRAME}_gtFine_instanceIds.png"
    expected = np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))
    objects = objects_of(tmp_path / "out", FRAME)
    ids = {"out of roi": [3], "sky": [23], "road": [7], "cargroup": [26, 26], "car": [26001, 26002], "person": [24000]}
    for name, numbers in ids.items():  # the first car is hidden
        masks = [mask for other, mask in objects if other == name]
        assert len(masks) == len(numbers)
        assert np.array_equal(np.any(masks, axis=0), np.isin(expected, numbers))
    assert sum(mask.sum() for _, mask in objects) == np.count_nonzero(expected)


def test_the_index_lists_frames_and_classes(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    outcome = convert("preview", source, "-o", tmp_path / "out")
    assert outcome.err.startswith("note: no photographs found")
    assert "preview: 5 frames, 33 objects in " in outcome.err
    assert outcome.err.endswith(f"open {tmp_path / 'out/index.html'}\n")
    index = read_index(tmp_path / "out")
    assert index["title"] == "source"
    assert index["splits"] == ["test", "train", "val"]
    assert index["cities"] == ["bonn", "aachen", "ulm", "munster"]
    assert ["cargroup", "#00008e", 8] in index["classes"]
    assert [row[2] for row in index["frames"]] == sorted(
        (key.rpartition("/")[2] for key in SCENES),
        key=lambda name: (not name.startswith("bonn"), name.startswith("munster"), name),
    )
    paths = {path.partition("/")[0] for path in tree_of(tmp_path / "out")}
    assert paths == {"index.html", "gallery", "pictures", "objects"}


def test_boxes_are_those_of_things_in_pixels_of_the_frame(tmp_path: Path) -> None:
    source = write_dataset(
        tmp_path / "source", {FRAME: document(("road", box(0, 16, 64, 16)), ("car", box(8, 4, 12, 20)))}
    )
    convert("preview", source, "-o", tmp_path / "out", "--size", "32")
    data = read_script(tmp_path / f"out/objects/{FRAME}.js")
    assert data["size"] == [64, 32]
    assert data["picture"] == [32, 16]
    road, car = data["objects"]
    assert (road[2], road[3]) == (64 * 16 - 12 * 8, [])
    assert (car[2], car[3]) == (240, [8, 4, 20, 4, 20, 24, 8, 24])
    assert objects_of(tmp_path / "out", FRAME)[1][1].sum() == 60


def test_layers_are_drawn_over_the_photograph(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: document(("car", box(8, 8, 40, 16)))})
    write_images(source / "leftImg8bit", FRAME, shade=GRAY)
    shown = {}
    for layer in ("masks", "outlines", "boxes"):
        convert("preview", source, "-o", tmp_path / layer, "--show", layer)
        shown[layer] = picture_of(tmp_path / layer, FRAME, "jpg")
    inside, border, outside = (16, 24), (8, 24), (4, 4)
    for layer, at, color in (
        ("masks", inside, (CAR + GRAY) / 2),
        ("masks", outside, GRAY),
        ("outlines", inside, GRAY),
        ("outlines", outside, GRAY),
        ("boxes", inside, GRAY),
    ):
        assert np.abs(shown[layer][at] - color).max() <= 8, (layer, at)
    for layer in ("outlines", "boxes"):
        assert shown[layer][border][0] > shown[layer][border][2] + 30
    assert {path.parent.parent.parent.name for path in (tmp_path / "masks").rglob("*.jpg")} == {
        "pictures",
        "photographs",
    }


def test_without_a_photograph_the_label_colors_are_shown(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: document(("car", box(8, 8, 40, 16)))})
    convert("preview", source, "-o", tmp_path / "out", "--show", "outlines")
    picture = picture_of(tmp_path / "out", FRAME)
    assert (picture[8:24, 8:48] == CAR).all()
    assert np.count_nonzero(picture.any(axis=2)) == 40 * 16


def test_names_are_written_where_there_is_room(tmp_path: Path) -> None:
    scene = document(
        ("sky", box(0, 0, 400, 200)),
        ("car", box(100, 100, 120, 80)),
        ("car", box(300, 30, 4, 4)),
        width=400,
        height=200,
    )
    source = write_dataset(tmp_path / "source", {FRAME: scene})
    convert("preview", source, "-o", tmp_path / "plain", "--show", "masks")
    convert("preview", source, "-o", tmp_path / "named", "--show", "masks,names")
    differs = (picture_of(tmp_path / "plain", FRAME) != picture_of(tmp_path / "named", FRAME)).any(axis=2)
    assert differs[80:100, 100:130].any()  # on top of the box of the car
    assert not differs[15:45, 280:330].any()  # the other car is too small
    differs[80:100, 100:130] = False
    assert differs.any()  # in the sky


def test_classes_are_selected_with_their_groups(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: street()})
    convert("preview", source, "-o", tmp_path / "out", "--classes", "car,license plate")
    names = [name for name, _ in objects_of(tmp_path / "out", FRAME)]
    assert names == ["cargroup", "car", "license plate", "cargroup", "car"]


def test_a_bad_frame_prevents_the_preview_or_is_left_out(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: street(), ULM: b"{}"})
    outcome = invoke("preview", source, "-o", tmp_path / "out", "-j", "1")
    assert outcome.status == 1
    assert f"error: {source / 'gtFine' / ULM}_gtFine_polygons.json: " in outcome.err
    assert "1 of 2 frames are bad; nothing was written" in outcome.err
    assert not (tmp_path / "out").exists()
    outcome = convert("preview", source, "-o", tmp_path / "out", "--on-error", "skip")
    assert "skipped: 1 bad frame" in outcome.err
    assert [row[2] for row in read_index(tmp_path / "out")["frames"]] == ["aachen_000000_000019"]


def test_a_photograph_of_another_size_is_an_error(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: document(("car", box(8, 8, 40, 16)), width=32, height=32)})
    write_images(source / "leftImg8bit", FRAME)
    outcome = invoke("preview", source, "-o", tmp_path / "out", "-j", "1")
    assert outcome.status == 1
    assert f"{FRAME}_leftImg8bit.png: 64 x 32 pixels where the annotation has 32 x 32" in outcome.err
    assert not (tmp_path / "out").exists()


def test_an_earlier_preview_is_replaced_only_on_request(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    out = tmp_path / "out"
    convert("preview", source, "-o", out)
    (out / "pictures/mine.png").write_bytes(b"")
    before = tree_of(out)
    outcome = run_inline("preview", source, "-o", out, "--split", "val")
    assert (outcome.status, tree_of(out)) == (1, before)
    assert "already exists" in outcome.err
    convert("preview", source, "-o", out, "--split", "val", "--overwrite")
    pictures = {path for path in tree_of(out) if path.startswith("pictures")}
    assert pictures == {"pictures/mine.png", "pictures/val/munster/preview_munster_000000_000019.png"}


def test_pictures_are_not_taken_for_photographs(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: street()})
    convert("preview", source, "-o", source / "preview")
    first = tree_of(source / "preview")
    convert("preview", source, "-o", source / "preview", "--overwrite")
    assert tree_of(source / "preview") == first


def test_workers_do_not_change_the_files(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    convert("preview", source, "-o", tmp_path / "one")
    assert invoke("preview", source, "-o", tmp_path / "two", "-j", "2").status == 0
    assert tree_of(tmp_path / "one") == tree_of(tmp_path / "two")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--show", "masks,box"], "--show: unknown value 'box'\nhint: did you mean 'boxes'?"),
        (["--size", "50%"], "--size: '50%' is not a width of 1 to 8192 pixels"),
        (["--size", "9" * 5000], f"--size: '{'9' * 80}...' is not a width of 1 to 8192 pixels"),
        (["--classes", "cars"], "--classes: unknown class 'cars'\nhint: did you mean 'car'?"),
        (["--city", "koeln"], "no city named 'koeln'"),
    ],
)
def test_wrong_options_are_explained(tmp_path: Path, options: list[str], message: str) -> None:
    source = write_dataset(tmp_path / "source", {FRAME: street()})
    outcome = run_inline("preview", source, "-o", tmp_path / "out", *options)
    assert outcome.status == 2
    assert message in outcome.err
    assert not (tmp_path / "out").exists()
