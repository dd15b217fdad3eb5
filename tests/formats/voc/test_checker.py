"""Verify on VOC files: a fault planted in one is found."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.check.planted import (
    NAME,
    OWN_DATA,
    Fault,
    check_fault,
    check_own_data,
    copied,
    cut,
    edit_chunk,
    edit_png,
    edit_text,
    every,
    in_file,
    put,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VOC_ROOT = "VOCdevkit/VOC2012"
XML = f"{VOC_ROOT}/Annotations/{NAME}.xml"
LABEL_MAP = f"{VOC_ROOT}/labelmap.txt"
CLASS_PNG, OBJECT_PNG = (f"{VOC_ROOT}/Segmentation{what}/{NAME}.png" for what in ("Class", "Object"))
TRAIN_SET, CAR_SET = (f"{VOC_ROOT}/ImageSets/Main/{prefix}train.txt" for prefix in ("", "car_"))


def in_xml(pattern: str, replacement: str) -> Callable[[Path], object]:
    return lambda out: edit_text(out / XML, pattern, replacement)


def in_indices(path: Path, edit: Callable[[bytearray], None]) -> None:
    """Change the pixels of an indexed PNG whose rows are all stored with the Up filter."""

    def change(data: bytearray) -> None:
        rows = bytearray(zlib.decompress(data))
        edit(rows)
        data[:] = zlib.compress(rows)

    content = path.read_bytes()
    offset = content.index(b"IDAT")
    (length,) = struct.unpack_from(">I", content, offset - 4)
    data = bytearray(content[offset + 4 : offset + 4 + length])
    change(data)
    chunk = struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(b"IDAT")))
    path.write_bytes(content[: offset - 4] + chunk + content[offset + 8 + length :])


def last_pixel(rows: bytearray) -> None:
    rows[-1] ^= 1


OBJECT = r"(?s)  <object>.*?</object>\n"
VOC_FAULTS: dict[str, Fault] = {
    "broken XML": (in_xml("</annotation>", ""), "unreadable", "not well-formed XML"),
    "a document type": (in_xml("^", "<!DOCTYPE a []>"), "unreadable", "document type"),
    "another root": (in_file(XML, lambda path: path.write_text("<a/>")), "unreadable", "<a> where <annotation>"),
    "a missing element": (in_xml("<depth>3</depth>", ""), "unreadable", "<size> contains width, height"),
    "an extra element": (in_xml("<pose>", "<part/><pose>"), "unreadable", "part"),
    "a side that is not an integer": (in_xml("<xmin>31<", "<xmin>31.5<"), "unreadable", "an integer is expected"),
    "an invalid flag": (in_xml("<truncated>0", "<truncated>no"), "unreadable", "0 or 1 is expected"),
    "a missing object": (in_xml(OBJECT, ""), "missing_object", "missing car"),
    "an extra object": (in_xml(OBJECT, r"\g<0>\g<0>"), "extra_object", "object 2"),
    "a shifted box": (in_xml("<xmin>9</xmin>", "<xmin>10</xmin>"), "box", "IoU 0.9"),
    "a box that counts from 0": (in_xml("<ymin>15<", "<ymin>0<"), "range", "not within"),
    "a box outside": (in_xml("<xmax>42<", "<xmax>65<"), "range", "not within"),
    "another class": (in_xml("<name>person", "<name>car"), "class", "is car where the annotation has person"),
    "an unknown class": (in_xml("<name>person", "<name>pole"), "class", "class 'pole' is not selected"),
    "swapped width and height": (
        in_xml("<width>64</width><height>32", "<width>32</width><height>64"),
        "size",
        "32 x 64",
    ),
    "another image": (in_xml("<filename>.*?<", "<filename>x.jpg<"), "value", "<filename> is 'x.jpg'"),
    "a flag": (in_xml("<occluded>0", "<occluded>1"), "value", "<occluded> is 1 where the annotation gives 0"),
    "an easy crowd": (in_xml("<difficult>1", "<difficult>0"), "value", "<difficult> is 0"),
    "a missing XML file": (in_file(XML, lambda path: path.unlink()), "missing", "missing"),
    "an extra XML file": (copied(XML, f"{VOC_ROOT}/Annotations/x.xml"), "extra", "belongs to no selected frame"),
    "a frame that is not listed": (
        in_file(TRAIN_SET, lambda path: edit_text(path, f"{NAME}\n", "")),
        "missing",
        "not listed",
    ),
    "an unknown frame listed": (
        in_file(TRAIN_SET, lambda path: edit_text(path, "^", "x\n")),
        "extra",
        "unexpected image 'x'",
    ),
    "a duplicate frame": (in_file(TRAIN_SET, lambda path: edit_text(path, "^", f"{NAME}\n")), "extra", "is duplicated"),
    "a wrong presence": (
        in_file(CAR_SET, lambda path: edit_text(path, " 0\n", " 1\n")),
        "value",
        "1 where the annotation gives 0",
    ),
    "an invalid presence": (in_file(CAR_SET, lambda path: edit_text(path, " 0\n", " 7\n")), "unreadable", "line 1"),
    "a missing set": (in_file(CAR_SET, lambda path: path.unlink()), "missing", "missing"),
    "a pixel of a class": (in_file(CLASS_PNG, lambda path: in_indices(path, last_pixel)), "pixels", "1 pixel differs"),
    "a pixel of an object": (in_file(OBJECT_PNG, lambda path: in_indices(path, last_pixel)), "pixels", "x 63, y 31"),
    "another palette": (
        in_file(CLASS_PNG, lambda path: edit_chunk(path, b"PLTE", lambda data: put(data, 4, 9))),
        "value",
        "the palette differs",
    ),
    "no palette": (
        in_file(CLASS_PNG, lambda path: edit_png(path, lambda pixels: pixels[..., 0])),
        "unreadable",
        "8-bit gray where 8-bit palette is expected",
    ),
    "no label map": (in_file(LABEL_MAP, lambda path: path.unlink()), "missing", "no such file"),
    "another label": (
        in_file(LABEL_MAP, lambda path: edit_text(path, "car:", "auto:")),
        "class",
        "label 4 is 'auto:128,128,0::'",
    ),
    "another color": (
        in_file(LABEL_MAP, lambda path: edit_text(path, "224,224,192", "0,0,9")),
        "class",
        "where 'ignored:224,224,192",
    ),
    "a missing PNG": (in_file(OBJECT_PNG, lambda path: path.unlink()), "missing", "missing"),
    "a truncated PNG": (in_file(OBJECT_PNG, cut), "unreadable", "truncated after byte"),
    "classes in the place of objects": (copied(CLASS_PNG, OBJECT_PNG), "pixels", "differ"),
}


@pytest.mark.parametrize(("arguments", "fault"), every(VOC_FAULTS, "voc", "--task", "instance"))
def test_a_planted_fault_is_found(arguments: tuple[str, ...], fault: Fault, tmp_path: Path) -> None:
    check_fault(tmp_path, arguments, fault)


def in_own_xml(image: str, pattern: str, replacement: str) -> Callable[[Path], object]:
    return lambda out: edit_text(out / f"{VOC_ROOT}/Annotations/{image}.xml", pattern, replacement)


OWN_FAULTS: dict[str, Fault] = {
    "names of its own": (
        copied(f"{VOC_ROOT}/Annotations/0_frame0029.xml", f"{VOC_ROOT}/Annotations/1_frame0029.xml"),
        "value",
        "<filename> is '0_frame0029.jpg' where '1_frame0029.jpg' is expected",
    ),
    "two images per frame": (
        in_own_xml("0_frame0029_foggy_beta_0.02", OBJECT, ""), "missing_object", "missing car",
    ),
    "labels of IDD": (in_own_xml("0_frame0029", "<name>autorickshaw", "<name>car"), "class", "is car where"),
    "maps": (in_own_xml("pano12", "<occluded>0", "<occluded>1"), "value", "<occluded> is 1 where"),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_FAULTS)
def test_a_fault_in_data_of_ones_own_is_found(name: str, tmp_path: Path) -> None:
    check_own_data(tmp_path, OWN_DATA[name], ("voc", "--task", "instance"), OWN_FAULTS[name])


def test_names_with_blanks_are_found_in_sets_of_segmentations(tmp_path: Path) -> None:
    unlisted = (
        in_file(f"{VOC_ROOT}/ImageSets/Segmentation/train.txt", lambda path: edit_text(path, "(?m)^frame 1\n", "")),
        "missing",
        "not listed",
    )
    check_own_data(tmp_path, OWN_DATA["blanks in names"], ("voc", "--task", "semantic"), unlisted)
