"""Verify on outputs of every format: clean ones hold, whatever the options, and what is wrong in all is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from cityconv.errors import UsageError
from cityconv.formats import FORMATS
from cityconv.verification.options import ContentOptions, TargetOptions
from cityconv.verification.verify import verify as verify_target
from cityconv.vocabulary import LabelMapKind
from tests.builders import (
    FLAT_FRAME,
    FRAME,
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
from tests.check.planted import NAME, SHAPES, Output, convert, forget, kinds, verify
from tests.commands import invoke, run_inline

if TYPE_CHECKING:
    from pathlib import Path

# pycocotools decodes with a warning under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLEAN = [
    *(["coco", "--task", task] for task in ("instance", "semantic", "detection")),
    *(["coco", "--category-ids", ids, "--classes", "eval"] for ids in ("label", "train", "contiguous")),
    ["coco", "--segmentation", "polygon"],
    ["coco", "--segmentation", "uncompressed-rle"],
    ["coco", "--segmentation", "none"],
    ["coco", "--flat"],
    ["coco", "--name-template", "instancesonly_filtered_gtFine_{split}.json"],
    ["coco", "--image-suffix", "_leftImg8bit_foggy_beta_0.02.png"],
    ["coco", "--split-by", "city"],
    ["panoptic"],
    ["panoptic", "--category-ids", "train"],
    ["panoptic", "--flat"],
    ["panoptic", "--layout", "coco"],
    ["panoptic", "--layout", "coco", "--flat"],
    ["panoptic", "--layout", "coco", "--category-ids", "train"],
    *(["yolo", "--task", task] for task in ("detect", "segment", "obb", "semantic")),
    *(["yolo", "--task", "semantic", "--category-ids", ids] for ids in ("label", "train", "contiguous")),
    ["yolo", "--nested"],
    ["yolo", "--task", "semantic", "--classes", "car,person", "--nested"],
    ["yolo", "--split-by", "city", "--image-format", "jpg"],
    *(["voc", "--task", task] for task in ("detection", "instance", "semantic")),
    ["voc", "--year", "2007", "--split-by", "city"],
    ["labelmap", *(word for kind in LabelMapKind for word in ("--kind", kind))],
    *(["csv", "--task", task] for task in ("instance", "semantic")),
    ["csv", "--split-by", "city"],
    ["cityscapes"],
]
# Options that verify needs, since the files do not tell, or not in every format.
REPEATED = {"--task", "--name-template", "--image-suffix", "--image-format", "--split-by", "--flat", "--nested"}


@pytest.mark.parametrize("scenes", [SCENES, SHAPES], ids=["street", "shapes"])
@pytest.mark.parametrize("arguments", CLEAN, ids=" ".join)
def test_a_clean_output_has_no_findings(arguments: list[str], scenes: dict[str, Any], tmp_path: Path) -> None:
    made = convert(tmp_path, scenes, *arguments)
    repeated = [word for i in range(1, len(arguments), 2) if arguments[i] in REPEATED for word in arguments[i : i + 2]]
    assert verify(made, *repeated) == []


def test_the_layout_of_each_output_in_a_folder_is_taken_from_its_manifest(tmp_path: Path) -> None:
    source, out = write_dataset(tmp_path / "source", SCENES), tmp_path / "out"
    write_images(source / "leftImg8bit", *SCENES)
    for arguments in (
        ("coco", "--min-area", "20"),
        ("coco", "--layout", "roboflow", "--images", "copy"),
        ("panoptic", "--min-area", "20"),
        ("panoptic", "--layout", "coco", "--flat"),
    ):
        assert invoke(arguments[0], source, "-o", out, "-j", "1", *arguments[1:]).status == 0
    assert verify(Output(source, out)) == []


@pytest.mark.parametrize("images", ["none", "copy"])
def test_images_of_one_output_are_not_missed_by_another_and_not_extra_to_it(images: str, tmp_path: Path) -> None:
    source, out = write_dataset(tmp_path / "source", SCENES), tmp_path / "out"
    write_images(source / "leftImg8bit", *SCENES)
    for command, *options in (["coco", "--images", "copy"], ["yolo", "--images", images], ["csv"]):
        assert invoke(command, source, "-o", out, "-j", "1", *options).status == 0
    assert verify(Output(source, out)) == []


def test_clean_outputs_cover_all_formats() -> None:
    assert {arguments[0] for arguments in CLEAN} == set(FORMATS)


@pytest.mark.parametrize(
    ("command", "counted"),
    [
        ("coco", "16 annotations"),
        ("panoptic", "5 PNGs, 0 differing pixels, 24 segments"),
        ("yolo", "12 rows"),
        ("voc", "20 objects"),
        ("labelmap", "5 PNGs, 0 differing pixels"),
        ("csv", "20 rows"),
    ],
)
def test_what_is_compared_is_counted(command: str, counted: str, tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, command)
    assert f"{command}: 5 frames, {counted}; findings: none\n" in invoke("verify", *made, "-j", "1").err


@pytest.mark.parametrize(
    "options",
    [
        ["--extent", "full"],
        ["--min-area", "20"],
        ["--groups", "merge"],
        ["--groups", "drop"],
        ["--groups", "class"],
        ["--classes", "things"],
        ["--classes", "car,license plate"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("command", ["coco", "yolo", "voc", "csv"])
def test_an_output_has_no_findings_with_its_own_options(command: str, options: list[str], tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, command, *options)
    assert verify(made, *options) == []


@pytest.mark.parametrize("command", FORMATS)
def test_an_output_has_no_findings_with_its_class_map(command: str, tmp_path: Path) -> None:
    path = tmp_path / "classes.toml"
    path.write_text('[classes]\nground = ["road", "sidewalk"]\ncar = ["car", "truck"]\n')
    made = convert(tmp_path, SCENES, command, "--class-map", str(path))
    assert verify(made, "--class-map", str(path)) == []


@pytest.mark.parametrize("command", ["coco", "yolo", "panoptic"])
def test_classes_are_inferred_from_the_files_and_that_is_noted(command: str, tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, command, "--classes", "car,person")
    assert verify(made) == []
    assert "classes inferred from the file because no option selects them: car, person" in invoke("verify", *made).err


def test_all_formats_in_a_folder_are_verified(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "coco")
    for command in FORMATS.keys() - {"coco"}:
        assert invoke(command, made.source, "-o", made.out).status == 0
    forget(made.out)
    lines = invoke("verify", *made).err.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == list(FORMATS)


IMAGES = {
    "voc": f"VOCdevkit/VOC2012/JPEGImages/{NAME}.jpg",
    "labelmap": f"leftImg8bit/{FRAME}_leftImg8bit.png",
    "cityscapes": f"leftImg8bit/{FRAME}_leftImg8bit.png",
    "yolo": f"images/{FLAT_FRAME}_leftImg8bit.png",
}


@pytest.mark.parametrize("command", FORMATS)
def test_a_renamed_image_is_missing_and_extra(command: str, tmp_path: Path) -> None:
    image = IMAGES.get(command, f"images/{FRAME}_leftImg8bit.png")
    source = write_dataset(tmp_path / "source", SCENES)
    for key in SCENES:
        path = source / "leftImg8bit" / f"{key}_leftImg8bit.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((32, 64, 3), np.uint8))
    made = convert(tmp_path, SCENES, command, "--images", "copy")
    assert verify(made) == []
    (made.out / image).rename((made.out / image).with_stem("stray"))
    assert sorted(finding["kind"] for finding in verify(made)) == ["extra", "missing"]


def test_an_object_missing_from_the_polygons_is_found_in_every_format(tmp_path: Path) -> None:
    for command in FORMATS:
        made = convert(tmp_path / command, SCENES, command)
        path = annotation_path(made.source, FRAME)
        content = json.loads(path.read_text())
        del content["objects"][-1]
        path.write_text(json.dumps(content))
        assert {"extra_object", "pixels"} & kinds(verify(made)), command


def test_a_frame_left_out_of_the_selection_is_extra(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "yolo")
    assert kinds(verify(made, "--split", "train")) >= {"extra"}
    assert kinds(verify(Output(made.source / "gtFine/train", made.out))) >= {"extra"}


def test_other_options_than_those_of_the_converter_give_findings(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "coco")
    assert kinds(verify(made, "--extent", "full")) >= {"missing_object", "mask"}
    assert kinds(verify(made, "--groups", "drop")) == {"extra_object"}
    assert kinds(verify(made, "--min-area", "40")) == {"extra_object"}
    assert kinds(verify(made, "--category-ids", "train")) >= {"class"}
    assert kinds(verify(made, "--classes", "things")) >= {"class"}


def test_a_bad_annotation_is_a_finding(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "coco")
    annotation_path(made.source, FRAME).write_text("{")
    (finding,) = verify(made)
    assert finding["kind"] == "annotation"
    assert "JSON is truncated" in finding["message"]


def test_an_unfinished_run_is_found(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "coco")
    (made.out / ".cityconv").mkdir()
    assert [finding["message"] for finding in verify(made)] == ["left by an unfinished run"]


def test_a_folder_with_nothing_but_an_unfinished_run_is_named_as_such(tmp_path: Path) -> None:
    source, out = write_dataset(tmp_path / "source", SCENES), tmp_path / "out"
    (out / ".cityconv").mkdir(parents=True)
    for arguments in ((out,), (source, out)):
        done = run_inline("verify", *arguments)
        assert done.status == 1
        assert done.err.startswith(f"error: {out}: contains an unfinished run, and no output\nhint: --resume ")


def test_verify_changes_no_file(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "voc", "--task", "instance")
    before = tree_of(tmp_path)
    verify(made)
    after = tree_of(tmp_path)
    after.pop("report.json")
    assert after == before


def test_groups_that_the_preset_raw_finds_in_the_annotations_are_verified(tmp_path: Path) -> None:
    scenes = {
        FRAME: document(("road", box(0, 0, 64, 32)), ("polegroup", box(2, 2, 9, 9)), ("trailergroup", box(20, 2, 9, 9)))
    }
    made = convert(tmp_path, scenes, "coco", "--classes", "raw")
    assert verify(made, "--classes", "raw") == []


def test_a_class_map_with_names_that_no_table_has_is_verified(tmp_path: Path) -> None:
    path = tmp_path / "classes.toml"
    path.write_text('[classes]\nvehicle = ["car", "rickshaw"]\n')
    scenes = {FRAME: document(("car", box(2, 2, 9, 9)), ("rickshaw", box(20, 2, 9, 9)))}
    for command in ("coco", "yolo", "voc", "labelmap"):
        made = convert(tmp_path / command, scenes, command, "--class-map", str(path))
        assert verify(made, "--class-map", str(path)) == []


def test_unknown_labels_are_dropped_if_they_were(tmp_path: Path) -> None:
    scenes = {FRAME: document(("car", box(2, 2, 9, 9)), ("rickshaw", box(20, 2, 9, 9)))}
    made = convert(tmp_path, scenes, "coco", "--unknown-labels", "drop")
    assert verify(made, "--unknown-labels", "drop") == []
    assert kinds(verify(made)) == {"annotation"}


def test_notes_on_the_data_set_are_printed_and_reported(tmp_path: Path) -> None:
    made = Output(write_annotation(tmp_path / "source/a_polygons.json", street()).parent, tmp_path / "out")
    assert invoke("coco", made.source, "-o", made.out, "-j", "1").status == 0
    outcome = invoke("verify", *made, "--report", tmp_path / "report.json")
    assert outcome.status == 0
    assert "note: no folder says the split of 1 frame, such as" in outcome.err
    (note,) = json.loads((tmp_path / "report.json").read_text())["notes"]
    assert note.startswith("no folder says the split")


def test_the_full_extent_cannot_be_verified_with_maps(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "labelmap", "--kind", "instanceIds")
    with pytest.raises(UsageError, match="--extent full needs polygons"):
        verify_target(TargetOptions(source=made.out, out=made.out), ContentOptions(extent="full"))


def test_images_of_a_data_set_without_its_images_have_the_usual_names(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "coco")
    (made.out / "images").mkdir()
    outcome = invoke("verify", *made, "-j", "1")
    assert outcome.status == 1
    assert "note: the names of images in OUT are taken to be the default ones" in outcome.err
    assert f"images/{FRAME}_leftImg8bit.png: missing" in outcome.out
