"""Shared by the tests of checkers: making outputs, planting faults in them, and verifying them."""

from __future__ import annotations

import json
import re
import shutil
import struct
import zlib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.builders import FRAME, SCENES, Document, box, document, street, write_dataset
from tests.commands import invoke
from tests.pngs import read_image

NAME = FRAME.rpartition("/")[2]
Fault = tuple[Callable[[Path], object], str, str]  # plants it; the kind of the finding; a pattern in its message

# Shapes that the scenes lack: an object in two parts, one with a hole, a slanted one, and one of a single pixel.
SHAPES = {
    FRAME: document(
        ("road", box(0, 0, 64, 32)),
        ("car", box(4, 4, 20, 6)),
        ("pole", box(12, 0, 3, 32)),
        ("bus", [[30, 4], [50, 4], [50, 24], [30, 24], [30, 4], [35, 9], [35, 19], [45, 19], [45, 9], [35, 9]]),
        ("person", [[2, 20], [12, 14], [16, 22], [6, 28]]),
        ("bicycle", box(60, 30, 1, 1)),
        ("ridergroup", box(52, 26, 6, 4)),
        ("ridergroup", box(22, 26, 6, 4)),
    )
}


def rickshaws(shift: int = 0) -> Document:
    """Return a street with labels of IDD: several share an id in a scheme, and 0 is a road."""
    return document(
        ("sky", box(0, 0, 64, 12)),
        ("road", box(0, 12, 64, 16)),
        ("drivable fallback", box(0, 28, 64, 4)),
        ("car", box(4 + shift, 14, 10, 8)),
        ("autorickshaw", box(20, 14, 8, 8)),
        ("person", box(32, 14, 4, 10)),
        ("animal", box(38, 20, 6, 4)),
        ("trailer", box(46, 14, 8, 6)),
        ("vehicle fallback", box(56, 14, 6, 6)),
        ("cargroup", box(20, 24, 8, 3)),
    )


# Two frames of one name in two folders, one without a city, and names that file systems allow.
OWN_NAMES = {
    "train/0/frame0029": street(),
    "train/1/frame0029": street(2),
    "val/pano12": street(4),
    "val/2/street[1](a)": street(6),
}
FOGS = ("_foggy_beta_0.01.png", "_foggy_beta_0.02.png")


class OwnData(NamedTuple):
    """A data set that is not the release.

    Attributes:
        scenes: its frames.
        options: how converters and verify read it.
        has_images: whether it has the images in `FOGS`, which the output shall have too.
        has_polygons: whether it has polygons, or maps of instances.
    """

    scenes: dict[str, Document]
    options: tuple[str, ...] = ()
    has_images: bool = False
    has_polygons: bool = True


OWN_DATA = {
    "names of its own": OwnData(OWN_NAMES),
    "blanks in names": OwnData({"train/0/street [1] (a)": street(), "train/frame 1": street(2)}),
    "two images per frame": OwnData(OWN_NAMES, ("--image-suffix", FOGS[0], "--image-suffix", FOGS[1]), has_images=True),
    "labels of IDD": OwnData({"train/0/frame0029": rickshaws(), "val/1/frame0029": rickshaws(2)}, ("--labels", "idd")),
    "maps": OwnData(OWN_NAMES, ("--read", "instanceIds"), has_polygons=False),
}


class Output(NamedTuple):
    """A data set and an output made from it."""

    source: Path
    out: Path


def convert(folder: Path, scenes: dict[str, Any], *arguments: str) -> Output:
    command, *options = arguments
    made = Output(write_dataset(folder / "source", scenes), folder / "out")
    assert invoke(command, made.source, "-o", made.out, "-j", "1", *options).status == 0
    forget(made.out)
    return made


def forget(out: Path) -> None:
    """Remove the manifest of an output, which would find every changed file, and state the options."""
    for path in [*out.glob("cityconv.json"), *out.glob(".cityconv-*.records")]:
        path.unlink()


def verify(made: Output, *options: str) -> list[dict[str, str]]:
    """Return the findings, and assert that the exit status agrees with them."""
    report = made.out.parent / "report.json"
    report.unlink(missing_ok=True)
    outcome = invoke("verify", made.source, made.out, "-j", "1", "-v", "--report", report, *options)
    document = json.loads(report.read_text())
    findings = [finding for check in document["checks"] for finding in check["findings"]]
    assert outcome.status == (1 if findings else 0)
    assert len(outcome.out.splitlines()) == len(findings)
    assert document["holds"] is (not findings)
    return findings


def kinds(findings: list[dict[str, str]]) -> set[str]:
    return {finding["kind"] for finding in findings}


def edit_json(path: Path, edit: Callable[[Any], object]) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def edit_text(path: Path, pattern: str, replacement: str) -> None:
    """Replace the first match of a pattern, which must exist."""
    text, number = re.subn(pattern, replacement, path.read_text(), count=1)
    assert number == 1
    path.write_text(text)


def edit_png(path: Path, edit: Callable[[NDArray[Any]], Any]) -> None:
    pixels = read_image(path)
    changed = edit(pixels)
    cv2.imwrite(str(path), pixels if changed is None else changed)


def edit_chunk(path: Path, name: bytes, edit: Callable[[bytearray], None]) -> None:
    """Change the data of a PNG's chunk and update its checksum."""
    content = bytearray(path.read_bytes())
    offset = content.index(name)
    (length,) = struct.unpack_from(">I", content, offset - 4)
    data = content[offset + 4 : offset + 4 + length]
    edit(data)
    content[offset + 4 : offset + 4 + length] = data
    struct.pack_into(">I", content, offset + 4 + length, zlib.crc32(data, zlib.crc32(name)))
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def put(target: Any, key: Any, value: object) -> None:
    target[key] = value


def in_json(file: str, edit: Callable[[Any], object]) -> Callable[[Path], object]:
    return lambda out: edit_json(out / file, edit)


def in_file(path: str, edit: Callable[[Path], object]) -> Callable[[Path], object]:
    return lambda out: edit(out / path)


def in_pixels(path: str, edit: Callable[[Any], object]) -> Callable[[Path], object]:
    return lambda out: edit_png(out / path, edit)


def copied(path: str, target: str) -> Callable[[Path], object]:
    return lambda out: shutil.copy(out / path, out / target)


def every(faults: dict[str, Fault], *arguments: str) -> list[Any]:
    """Return the parameters of a test that plants each fault in an output of a command."""
    return [pytest.param(arguments, fault, id=f"{' '.join(arguments)}: {name}") for name, fault in faults.items()]


def check_fault(folder: Path, arguments: tuple[str, ...], fault: Fault) -> None:
    """Plant a fault in an output, and assert that it is found, with few findings."""
    plant, kind, pattern = fault
    made = convert(folder, SCENES, *arguments)
    plant(made.out)
    findings = verify(made, *(arguments[1:3] if arguments[1:2] == ("--task",) else ()))
    assert any(finding["kind"] == kind and re.search(pattern, finding["message"]) for finding in findings), findings
    assert len(findings) <= 8, "one fault should not cause many findings"


def check_own_data(folder: Path, data: OwnData, arguments: tuple[str, ...], fault: Fault, *told: str) -> None:
    """Convert data of one's own, and assert that the output has no findings until a fault is planted in it.

    Args:
        folder: an empty folder.
        data: the data set.
        arguments: the command and its options.
        fault: the fault.
        told: the options that verify needs besides those of the data set.
    """
    source = write_dataset(folder / "source", data.scenes)
    images: tuple[str, ...] = ()
    if data.has_images:
        images = ("--images", "copy")
        for key, suffix in product(data.scenes, FOGS):
            path = source / "leftImg8bit" / f"{key}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.zeros((32, 64, 3), np.uint8))
    if not data.has_polygons:
        maps = folder / "maps"
        assert invoke("labelmap", source, "-o", maps, "-j", "1", "--kind", "instanceIds").status == 0
        source = maps
    made = Output(source, folder / "out")
    command, *options = arguments
    outcome = invoke(command, made.source, "-o", made.out, "-j", "1", *options, *data.options, *images)
    assert outcome.status == 0, outcome.err
    forget(made.out)
    assert verify(made, *told, *data.options) == []
    plant, kind, pattern = fault
    plant(made.out)
    findings = verify(made, *told, *data.options)
    assert any(finding["kind"] == kind and re.search(pattern, finding["message"]) for finding in findings), findings
    assert len(findings) <= 8, "one fault should not cause many findings"
