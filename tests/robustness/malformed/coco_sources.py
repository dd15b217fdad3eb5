"""Malformed COCO files, read as a source, for the catalog."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from tests.pngs import GRAY, RGB
from tests.robustness.malformed.catalog import END, Arguments, Bad, tree
from tests.source.png_files import make_png

HEIGHT, WIDTH = 4, 6
PIXELS = HEIGHT * WIDTH
FILE = "data/annotations/instances_val.json"
IMAGE = {"id": 1, "file_name": "ulm/a.png", "width": WIDTH, "height": HEIGHT}
CATEGORIES = [{"id": 26, "name": "car", "supercategory": "vehicle"}]
RING = [0, 0, 3, 0, 3, 3]
ANNOTATION = {"id": 7, "image_id": 1, "category_id": 26, "iscrowd": 0, "segmentation": [RING], "bbox": [0, 0, 3, 3]}
HERE = f"{FILE}: ulm/a.png: annotation 7: "

PANOPTIC_FILE = "data/annotations/panoptic_val.json"
PNG_FILE = "data/annotations/panoptic_val/a.png"
SEGMENT = {"id": 5, "category_id": 26, "iscrowd": 0, "area": 24, "bbox": [0, 0, 6, 4]}
SEGMENTS = {"image_id": 1, "file_name": "a.png", "segments_info": [SEGMENT]}
MAP = np.full((HEIGHT, WIDTH, 3), (5, 0, 0), np.uint8)


def coco(**changes: Any) -> dict[str, Any]:
    """Return a valid file with other entries."""
    return {"images": [IMAGE], "categories": CATEGORIES, "annotations": [ANNOTATION], **changes}


def read(content: object, *options: str, name: str = FILE) -> Any:
    """Return what writes a COCO file and converts it."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return tree({name: text}, *(options or ("coco",)), "data", *END)


def bad(name: str, content: object, *says: str, options: Arguments = ()) -> Bad:
    """Return the entry of a file that is refused."""
    return Bad(name, read(content, *options), (f"error: {FILE}: ", *says))


def annotation(name: str, *says: str, **changes: Any) -> Bad:
    """Return the entry of an annotation that is refused; a change to None leaves out a field."""
    changed = {key: value for key, value in (ANNOTATION | changes).items() if value is not None}
    return Bad(name, read(coco(annotations=[changed])), (f"error: {FILE}: ulm/a.png: ", *says))


def mask(name: str, segmentation: object, *says: str) -> Bad:
    """Return the entry of a mask that is refused."""
    return Bad(name, read(coco(annotations=[ANNOTATION | {"segmentation": segmentation}])), (f"error: {HERE}", *says))


def code(counts: object, size: tuple[int, int] = (HEIGHT, WIDTH)) -> dict[str, object]:
    """Return a run-length code."""
    return {"size": size, "counts": counts}


def panoptic(name: str, *says: str, png: bytes | None = None, png_file: str = PNG_FILE, **changes: Any) -> Bad:
    """Return the entry of a panoptic image that is refused."""
    content = {"images": [IMAGE], "categories": CATEGORIES, "annotations": [SEGMENTS | changes]}
    pixels = make_png(MAP, color_type=RGB) if png is None else png
    return Bad(name, tree({PANOPTIC_FILE: json.dumps(content), png_file: pixels}, "panoptic", "data", *END), says)


TEXT = json.dumps(coco()).encode()
NO_SUM = "run lengths that do not add up to the pixels of the image"
HERE_TOO = f"error: {PANOPTIC_FILE}: ulm/a.png: "

COCO_SOURCES = [
    bad("an empty COCO file", b"", "not a COCO file"),
    bad("a truncated COCO file", TEXT[:-30], "not a COCO file"),
    bad("a COCO file that is a list", [coco()], "not a COCO file", "Expected `object`"),
    bad("a COCO file nested deeply", b'{"images":' + b"[" * 100_000, "not a COCO file"),
    bad("a COCO file of bytes that are no text", TEXT.replace(b"ulm", b"\xff\xfe"), "not a COCO file"),
    bad("COCO without images", {"annotations": [], "categories": []}, "missing required field `images`"),
    bad("COCO without annotations", {"images": [], "categories": []}, "missing required field `annotations`"),
    bad("a COCO image without a name", coco(images=[{"id": 1}]), "`file_name`", "`$.images[0]`"),
    bad("a COCO image id that occurs twice", coco(images=[IMAGE] * 2), "image id '1' is duplicated", "$.images[1].id"),
    bad(
        "two COCO images of one name",
        coco(images=[IMAGE, IMAGE | {"id": 2}], annotations=[]),
        "describes the same frame",
    ),
    bad(
        "an annotation id that occurs twice",
        coco(annotations=[ANNOTATION] * 2),
        "annotation id '7' is duplicated",
        "`$.annotations[1].id`",
    ),
    bad(
        "an annotation of no image",
        coco(annotations=[ANNOTATION | {"image_id": 2}]),
        "no image has the id '2'",
        "`$.annotations[0].image_id`",
    ),
    bad(
        "an annotation without an id",
        coco(annotations=[{"image_id": 1, "category_id": 26}]),
        "missing required field `id`",
        "`$.annotations[0]`",
    ),
    bad("an image name that leads out", coco(images=[IMAGE | {"file_name": "../../a.png"}]), "cannot name files"),
    bad(
        "a COCO image with an empty name",
        coco(images=[IMAGE | {"file_name": ""}]),
        "is not the path of an image",
        "$.images[0]",
    ),
    bad("an image name with a line break", coco(images=[IMAGE | {"file_name": "a\nb.png"}]), "cannot name files"),
    bad("a COCO image of no pixels", coco(images=[IMAGE | {"width": 0}]), "1 to 32768 pixels, not 0", "`$.width`"),
    bad("a COCO image of too many pixels", coco(images=[IMAGE | {"width": 32_000, "height": 32_000}]), "CITYCONV_MAX"),
    bad("a COCO image without a size", coco(images=[{"id": 1, "file_name": "ulm/a.png"}]), "`height`"),
    bad(
        "a category id that occurs twice",
        coco(categories=CATEGORIES * 2),
        "category id 26 is duplicated",
        "`$.categories[1].id`",
    ),
    bad("a category without a name", coco(categories=[{"id": 26}]), "missing required field `name`"),
    bad("COCO without categories", {"images": [IMAGE], "annotations": [ANNOTATION]}, "`categories`"),
    bad("a category that no table has", coco(categories=[{"id": 26, "name": "dog"}]), "unknown label 'dog'"),
    annotation("an unknown category id", "annotation 7: no category has the id 3", category_id=3),
    annotation("a category id that is text", "annotation 7: Expected `int`, got `str`", category_id="26"),
    annotation("an annotation without a category", "annotation 7: ", "`category_id`", category_id=None),
    annotation("an annotation that is half a crowd", "annotation 7: ", "$.iscrowd", iscrowd=2),
    annotation("an annotation with neither mask nor box", "has neither a mask nor a box", segmentation=[], bbox=None),
    annotation("a box without a mask", "annotation 7: has a box, but no mask", segmentation=None),
    annotation("a box of three numbers", "annotation 7: ", "$.bbox", bbox=[1, 2, 3]),
    mask("a polygon of 2 points", [[0, 0, 3, 3]], "a polygon of 4 coordinates"),
    mask("a polygon of half a point", [[0, 0, 3, 0, 3, 3, 1]], "a polygon of 7 coordinates"),
    mask("a polygon that is flat", RING, "$.segmentation[0]"),
    mask("a polygon far outside", [[0, 0, 1e9, 0, 3, 3]], "a polygon that leaves the image"),
    mask("a polygon of many outlines", [RING * 1000] * 20, "pixels of outline"),
    mask("a mask of another size", code([0, PIXELS], (WIDTH, HEIGHT)), "a mask of 4 x 6 pixels in an image of 6 x 4"),
    mask("a mask without a size", {"counts": [0, PIXELS]}, "missing required field `size`"),
    mask("run lengths that are too few", code([0, PIXELS - 1]), NO_SUM),
    mask("run lengths that are too many", code([0, PIXELS, 1, 2**40]), NO_SUM),
    mask("run lengths below 0", code([-1, PIXELS + 1]), NO_SUM),
    mask("run lengths with a fraction", code([0.5, PIXELS - 0.5]), "$.segmentation.counts"),
    mask("run lengths that are huge", code([0, 2**62]), NO_SUM),
    mask("a code without a length", code(""), NO_SUM),
    mask("a code that stops within a length", code("0o"), NO_SUM),
    mask("a code that overruns the image", code("0ooo9"), NO_SUM),
    mask("a code of other characters", code("0\u20ac"), NO_SUM),
    mask("a code of too many characters", code("0" * 1000), NO_SUM),
    mask("a code with idle groups", code("0hPP0"), NO_SUM),
    mask("a code that goes below 0", code("0H00"), NO_SUM),
    panoptic("a panoptic image without its PNG", HERE_TOO, "no such file or directory", png_file="data/a.png"),
    panoptic(
        "a panoptic PNG of another size", HERE_TOO, "3 x 4 pixels", png=make_png(MAP[:, :3].copy(), color_type=RGB)
    ),
    panoptic("a panoptic PNG that is gray", HERE_TOO, "8-bit gray", png=make_png(MAP[..., 0].copy(), color_type=GRAY)),
    panoptic("a panoptic PNG that is text", HERE_TOO, "not a PNG", png=b"version https://git-lfs.github.com/spec/v1\n"),
    panoptic("a panoptic PNG that is empty", HERE_TOO, "the file is empty", png=b""),
    panoptic("a segment of black pixels", HERE_TOO, "segment 0: black", segments_info=[SEGMENT | {"id": 0}]),
    panoptic("a segment without an entry", HERE_TOO, "segment 5 of the PNG", segments_info=[]),
    panoptic("a segment id that occurs twice", HERE_TOO, "segment id 5 is duplicated", segments_info=[SEGMENT] * 2),
    panoptic("a segment of no category", HERE_TOO, "no category", segments_info=[SEGMENT | {"category_id": 1}]),
    panoptic(
        "a panoptic PNG elsewhere", "is not the path of a PNG", "$.annotations[0].file_name", file_name="../a.png"
    ),
    panoptic("a panoptic annotation without segments", "missing required field `id`", segments_info=None),
    Bad("no COCO files", read(b"{}", "coco", "--read", "coco", name="data/a.txt"), ("found no COCO files",)),
    Bad(
        "a place in front that is for masks",
        read(coco(), "coco", "--read", "labelIds", "--front", "smaller"),
        ("--front is for COCO masks",),
        2,
    ),
]
