"""`--size` as a user meets it: every format in another size, all of one object map, and photographs with them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

from tests.builders import FLAT_FRAME, FRAME, SCENES, box, document, street, tree_of, write_dataset
from tests.commands import cityconv, invoke, run_inline
from tests.pngs import decode_image, read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

NAME = FRAME.rpartition("/")[2]
MAPS = ("labelIds", "instanceIds", "color")
COMMANDS = {
    "coco": ("--groups", "class"),
    "amodal": ("--extent", "full"),
    "panoptic": (),
    "yolo": ("--task", "segment"),
    "voc": ("--task", "instance"),
    "csv": ("--task", "semantic", "--classes", "raw"),
    "labelmap": ("--kind", "instanceIds", "--kind", "masks"),
}
# A thin sign that half the size has no column of, one that a car hides, and one outside.
THIN = document(
    ("road", box(0, 0, 64, 32)),
    ("car", [[31, 8], [31, 20]]),
    ("car", box(4, 4, 2, 2)),
    ("car", box(2, 2, 12, 12)),
    ("car", box(80, 2, 4, 4)),
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenes, and one of another size."""
    scenes = {**SCENES, "val/lindau/lindau_000000_000019": document(("car", box(3, 3, 7, 5)), width=21, height=11)}
    return write_dataset(tmp_path_factory.mktemp("set"), scenes)


def convert(source: Path, out: Path, command: str, *options: str | Path) -> Path:
    outcome = invoke(command, source, "-o", out, "-j", "1", *options)
    assert outcome.status == 0, outcome.err
    return out


def resized(image: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_NEAREST)


@pytest.mark.parametrize(("size", "shape"), [("50%", (16, 32)), ("45x7", (7, 45)), ("130%", (42, 83))])
def test_label_maps_are_the_whole_ones_resized(size: str, shape: tuple[int, int], source: Path, tmp_path: Path) -> None:
    kinds = [option for kind in MAPS for option in ("--kind", kind)]
    whole = convert(source, tmp_path / "whole", "labelmap", *kinds)
    out = convert(source, tmp_path / "out", "labelmap", *kinds, "--size", size)
    paths = sorted(path.relative_to(whole) for path in whole.rglob("*.png"))
    assert len(paths) == 3 * (len(SCENES) + 1)
    for path in paths:
        image, written = read_image(whole / path), read_image(out / path)
        if "lindau" not in path.name:
            assert written.shape[:2] == shape
        np.testing.assert_array_equal(written, resized(image, *written.shape[:2]))


def test_a_share_is_of_the_size_of_each_frame(source: Path, tmp_path: Path) -> None:
    out = convert(source, tmp_path / "out", "coco", "--split", "val", "--size", "50%")
    images = json.loads((out / "annotations/instances_val.json").read_bytes())["images"]
    assert [(image["width"], image["height"]) for image in images] == [(11, 6), (32, 16)]  # of 21 x 11 and 64 x 32


@pytest.mark.parametrize("size", ["50%", "1x1", "100x20", "31%"])
@pytest.mark.parametrize("name", COMMANDS)
def test_every_format_is_what_verify_expects_with_the_recorded_size(
    name: str, size: str, source: Path, tmp_path: Path
) -> None:
    command = "coco" if name == "amodal" else name
    out = convert(source, tmp_path / "out", command, *COMMANDS[name], "--size", size)
    assert json.loads((out / "cityconv.json").read_bytes())["outputs"][0]["options"]["size"] == size
    outcome = run_inline("verify", source, out)
    assert (outcome.status, outcome.out) == (0, "")
    other = run_inline("verify", source, out, "--size", "75%")
    assert other.status == 1
    assert other.out  # YOLO does not state sizes: its rows differ


def test_a_recipe_samples_all_of_its_outputs(source: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(
        f'source = "{source}"\nout = "{tmp_path}/out"\nsize = "40x20"\n'
        '[outputs.coco]\n[outputs.ids]\nformat = "labelmap"\n'
    )
    assert run_inline("run", recipe).status == 0
    written = read_image(tmp_path / f"out/ids/gtFine/{FRAME}_gtFine_labelIds.png")
    assert written.shape == (20, 40)
    assert run_inline("verify", source, tmp_path / "out").status == 0


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools beside numpy 2
def test_formats_agree_on_the_objects_of_a_sampled_frame(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: street()})
    outs = {
        name: convert(source, tmp_path / name, name, "--size", "60%", *options)
        for name, options in {
            "coco": (), "yolo": (), "voc": (), "csv": (), "panoptic": (), "labelmap": ("--kind", "instanceIds"),
        }.items()
    }  # fmt: skip
    ids = read_image(outs["labelmap"] / f"gtFine/{FRAME}_gtFine_instanceIds.png")
    height, width = ids.shape
    assert (height, width) == (19, 38)
    annotations = json.loads((outs["coco"] / "annotations/instances_train.json").read_bytes())["annotations"]
    assert len(annotations) == 4
    boxes = {}
    for item in annotations:
        mask = coco_mask.decode(item["segmentation"]).astype(bool)
        (value,) = np.unique(ids[mask])
        np.testing.assert_array_equal(mask, ids == value)
        rows, columns = np.nonzero(mask)
        assert item["bbox"] == [
            columns.min(), rows.min(), columns.max() + 1 - columns.min(), rows.max() + 1 - rows.min(),
        ]  # fmt: skip
        assert item["area"] == mask.sum()
        boxes[int(value)] = item["bbox"]
    single = [bbox for value, bbox in boxes.items() if value >= 1000]
    rows_ = list(csv.DictReader(io.StringIO((outs["csv"] / "annotations_train.csv").read_text())))
    assert [[int(row[key]) for key in ("x0", "y0")] for row in rows_ if row["crowd"] == "0"] == [b[:2] for b in single]
    lines = (outs["yolo"] / f"labels/{FLAT_FRAME}_leftImg8bit.txt").read_text().splitlines()
    centers = [[(x + w / 2) / width, (y + h / 2) / height] for x, y, w, h in single]
    np.testing.assert_allclose([list(map(float, line.split()[1:3])) for line in lines], centers, atol=1e-6)
    xml = ElementTree.parse(outs["voc"] / f"VOCdevkit/VOC2012/Annotations/{NAME}.xml")
    assert [xml.findtext(f"size/{side}") for side in ("width", "height")] == ["38", "19"]
    crowd = [item["iscrowd"] for item in annotations].index(1)
    assert len(xml.findall("object")) == len(annotations) + 1  # groups are two objects here, and one in COCO
    colors = read_image(next(outs["panoptic"].rglob("*_panoptic.png"))).astype(np.int64)
    segments = colors[..., 2] + 256 * colors[..., 1]
    for value in boxes:
        np.testing.assert_array_equal(segments == value, ids == value)
    assert annotations[crowd]["category_id"] == 26


@pytest.mark.parametrize("command", ["coco", "yolo", "voc", "csv", "labelmap", "panoptic"])
def test_objects_without_a_sampled_pixel_are_counted_apart_from_hidden_ones(command: str, tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: THIN})
    reports = {}
    for size in ("100%", "50%"):
        report = tmp_path / f"{size}.json"
        convert(source, tmp_path / size, command, "--size", size, "--report", report)
        reports[size] = json.loads(report.read_bytes())["outputs"][0]["skipped"]
    everywhere = {"hidden": {"car": 1}, "outside": {"car": 1}}
    assert {reason: reports["100%"].get(reason) for reason in everywhere} == everywhere
    assert "size" not in reports["100%"]
    assert {reason: reports["50%"].get(reason) for reason in (*everywhere, "size")} == everywhere | {"size": {"car": 1}}


def test_the_summary_says_what_the_size_leaves_out(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: THIN})
    outcome = run_inline("coco", source, "-o", tmp_path / "out", "--size", "50%")
    assert "  skipped: 1 object without a pixel in this --size" in outcome.err.splitlines()


def test_instances_keep_their_numbers_when_one_before_them_vanishes(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: THIN})
    out = convert(source, tmp_path / "out", "labelmap", "--kind", "instanceIds", "--size", "50%")
    ids = read_image(out / f"gtFine/{FRAME}_gtFine_instanceIds.png")
    assert np.unique(ids).tolist() == [7, 26002]


@pytest.mark.parametrize("kind", ["instanceIds", "labelIds", "color"])
def test_maps_as_a_source_give_the_same_pixels(kind: str, source: Path, tmp_path: Path) -> None:
    maps = convert(source, tmp_path / "maps", "labelmap", "--kind", kind)
    direct = convert(source, tmp_path / "direct", "labelmap", "--kind", "labelIds", "--size", "37%")
    again = convert(maps, tmp_path / "again", "labelmap", "--read", kind, "--kind", "labelIds", "--size", "37%")
    for path in direct.rglob("*.png"):
        written = read_image(path)
        if kind == "color":  # five labels are black, and read as the first of them
            written[written <= 4] = 0
        np.testing.assert_array_equal(read_image(again / path.relative_to(direct)), written)
    assert run_inline("verify", maps, again).status == 0


def test_objects_of_a_map_that_vanish_are_counted_and_numbers_stay(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: THIN})
    maps = convert(source, tmp_path / "maps", "labelmap", "--kind", "instanceIds")
    report = tmp_path / "report.json"
    out = convert(maps, tmp_path / "out", "labelmap", "--kind", "instanceIds", "--size", "50%", "--report", report)
    assert json.loads(report.read_bytes())["outputs"][0]["skipped"] == {"size": {"car": 1}}
    assert np.unique(read_image(out / f"gtFine/{FRAME}_gtFine_instanceIds.png")).tolist() == [7, 26002]


def test_the_minimum_area_is_that_of_the_sampled_region(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: document(("car", box(4, 4, 8, 8)), ("car", box(20, 4, 4, 4)))})
    out = convert(source, tmp_path / "out", "csv", "--size", "50%", "--min-area", "16")
    (row,) = csv.DictReader(io.StringIO((out / "annotations_train.csv").read_text()))
    assert (row["width"], row["height"], row["area"]) == ("32", "16", "16")
    assert run_inline("verify", source, out).status == 0


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_an_update_with_another_size_converts_all_frames(jobs: str, source: Path, tmp_path: Path) -> None:
    size = "50%"
    convert(source, tmp_path / "out", "panoptic")
    outcome = invoke("panoptic", source, "-o", tmp_path / "out", "-j", jobs, "--update", "--size", size)
    assert "frames unchanged since the earlier output: 0 of 6" in outcome.err
    again = invoke("panoptic", source, "-o", tmp_path / "out", "-j", jobs, "--update", "--size", size)
    assert "frames unchanged since the earlier output: 6 of 6" in again.err
    fresh = convert(source, tmp_path / "fresh", "panoptic", "--size", size)
    assert tree_of(tmp_path / "out") == tree_of(fresh)
    resumed = run_inline("panoptic", source, "-o", tmp_path / "out", "--resume", "--size", "25%")
    assert resumed.status == 1
    assert "panoptic: made with another --size" in resumed.err


def test_verify_finds_a_sample_of_other_pixels(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def centers(side: int, new_side: int) -> NDArray[np.int32]:
        return ((2 * np.arange(new_side) + 1) * side // (2 * new_side)).astype(np.int32)

    from cityconv.raster import sampling

    with monkeypatch.context() as patched:
        patched.setattr(sampling, "_nearest", centers)
        sampling.nearest.cache_clear()
        for command in ("coco", "labelmap", "csv", "yolo", "voc", "panoptic"):
            convert(source, tmp_path / command, command, "--size", "50%")
    sampling.nearest.cache_clear()
    for command in ("coco", "labelmap", "csv", "yolo", "voc", "panoptic"):
        assert run_inline("verify", source, tmp_path / command).status == 1


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        (("--size", "half"), 2, "--size: 'half' is neither a width and a height nor a percentage"),
        (
            ("--size", "9000x9000"),
            2,
            "--size: 81,000,000 pixels, more than the limit of 16,777,216 (CITYCONV_MAX_PIXELS)",
        ),
        (
            ("--city", "ulm", "--size", "10000%"),
            1,
            "{source}/gtFine/train/ulm/ulm_000000_000019_gtFine_polygons.json: --size 10000% of 64 x 32 pixels: "
            "20,480,000 pixels, more than the limit of 16,777,216 (CITYCONV_MAX_PIXELS)",
        ),
    ],
)  # fmt: skip
def test_a_size_that_cannot_be_made_is_one_line(
    arguments: tuple[str, ...], status: int, error: str, source: Path, tmp_path: Path
) -> None:
    outcome = run_inline("coco", source, "-o", tmp_path / "out", *arguments)
    assert outcome.status == status
    assert outcome.err.splitlines()[0] == f"error: {error.format(source=source)}"
    assert not (tmp_path / "out").exists()


def test_rows_of_an_enlarged_frame_count_toward_the_limit_of_crossings(source: Path, tmp_path: Path) -> None:
    options = ("--city", "ulm", "-j", "1")
    small = cityconv("coco", source, "-o", tmp_path / "small", *options, CITYCONV_MAX_CROSSINGS="9999")
    assert small.status == 0
    enlarged = (*options, "--size", "64x30000")
    large = cityconv("coco", source, "-o", tmp_path / "large", *enlarged, CITYCONV_MAX_CROSSINGS="9999")
    assert large.status == 1
    assert "crossings of edges with rows, more than the limit of 9,999 (CITYCONV_MAX_CROSSINGS)" in large.err


def test_verifying_a_data_set_takes_no_size(source: Path) -> None:
    outcome = run_inline("verify", source, "--size", "50%")
    assert (outcome.status, outcome.err.splitlines()[0]) == (2, "error: options of an output, but no OUT")


# --- photographs ------------------------------------------------------------------------------------------------------


def photograph(*shape: int, dtype: type = np.uint8) -> NDArray[Any]:
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max, shape or (32, 64, 3)).astype(dtype)


def write_photograph(root: Path, image: NDArray[Any], ending: str = ".png") -> Path:
    path = root / f"leftImg8bit/{FRAME}_leftImg8bit{ending}"
    path.parent.mkdir(parents=True)
    path.write_bytes(cv2.imencode(ending, image)[1].tobytes())
    return path


def exported(tmp_path: Path, image: NDArray[Any], size: str, *options: str, ending: str = ".png") -> bytes:
    """Return the photograph of a frame in an output."""
    source = write_dataset(tmp_path / "set", {FRAME: street()})
    write_photograph(source, image, ending)
    out = convert(source, tmp_path / "out", "yolo", "--images", "copy", "--size", size, *options)
    (path,) = (path for path in out.rglob(f"images/{FLAT_FRAME}*"))
    assert run_inline("verify", source, out).status == 0
    return path.read_bytes()


def test_photographs_shrink_by_averaging_areas(tmp_path: Path) -> None:
    image = photograph()
    written = decode_image(exported(tmp_path, image, "50%"))
    np.testing.assert_array_equal(written, cv2.resize(image, (32, 16), interpolation=cv2.INTER_AREA))
    means = image.reshape(16, 2, 32, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(written, means, atol=0.5)


def test_photographs_grow_by_linear_interpolation(tmp_path: Path) -> None:
    image = photograph()
    written = decode_image(exported(tmp_path, image, "100x70"))
    np.testing.assert_array_equal(written, cv2.resize(image, (100, 70), interpolation=cv2.INTER_LINEAR))


def test_a_side_that_shrinks_is_averaged_beside_one_that_grows(tmp_path: Path) -> None:
    image = np.repeat(photograph(32, 1, 3), 64, axis=1)  # columns are equal: only rows matter
    written = decode_image(exported(tmp_path, image, "100x16"))
    np.testing.assert_allclose(written[:, 50], image[:, 0].reshape(16, 2, 3).mean(axis=1), atol=0.5)


@pytest.mark.parametrize(
    ("shape", "dtype"), [((32, 64), np.uint8), ((32, 64), np.uint16), ((32, 64, 4), np.uint8)], ids=str
)
def test_channels_and_depth_stay(shape: tuple[int, ...], dtype: type, tmp_path: Path) -> None:
    written = decode_image(exported(tmp_path, photograph(*shape, dtype=dtype), "50%"))
    assert written.shape == (16, 32, *shape[2:])
    assert written.dtype == dtype


def test_a_jpeg_stays_a_jpeg(tmp_path: Path) -> None:
    content = exported(tmp_path, np.full((32, 64, 3), 90, np.uint8), "50%", ending=".jpg")
    assert content.startswith(b"\xff\xd8\xff")
    assert decode_image(content).shape == (16, 32, 3)


def test_another_encoding_and_another_size_go_together(tmp_path: Path) -> None:
    content = exported(tmp_path, np.full((32, 64, 3), 90, np.uint8), "50%", "--image-format", "jpg")
    assert content.startswith(b"\xff\xd8\xff")
    assert decode_image(content).shape == (16, 32, 3)


def test_a_photograph_that_has_the_size_is_copied_as_it_is(tmp_path: Path) -> None:
    image = photograph()
    assert exported(tmp_path, image, "64x32") == cv2.imencode(".png", image)[1].tobytes()


@pytest.mark.parametrize("mode", ["symlink", "hardlink"])
def test_links_to_photographs_are_refused(mode: str, tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: street()})
    path = write_photograph(source, photograph())
    outcome = run_inline("coco", source, "-o", tmp_path / "out", "--images", mode, "--size", "50%")
    assert outcome.status == 2
    assert outcome.err.splitlines() == [
        f"error: {path}: an image to be written in another size cannot be linked",
        "hint: --images copy",
    ]
    assert not (tmp_path / "out").exists()


def test_a_photograph_of_another_size_than_its_annotation_stays_an_error(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: street()})
    write_photograph(source, photograph(16, 32, 3))
    outcome = run_inline("coco", source, "-o", tmp_path / "out", "--images", "copy", "--size", "50%")
    assert outcome.status == 1
    assert "32 x 16 pixels where the annotation has 64 x 32" in outcome.err


def test_an_encoding_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "set", {FRAME: street()})
    write_photograph(source, photograph(), ".bmp")
    options = ("--images", "copy", "--image-suffix", "_leftImg8bit.bmp", "--size", "50%")
    outcome = run_inline("coco", source, "-o", tmp_path / "out", *options)
    assert outcome.status == 2
    assert outcome.err.splitlines()[1] == "hint: --image-format jpg or png"
