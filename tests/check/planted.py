"""Shared by the tests of checkers: making outputs, planting faults in them, and verifying them."""

from __future__ import annotations

import json
import re
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import pytest
from numpy.typing import NDArray

from tests.builders import FRAME, SCENES, box, document, write_dataset
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


class Output(NamedTuple):
    """A data set and an output made from it."""

    source: Path
    out: Path


def convert(folder: Path, scenes: dict[str, Any], *arguments: str) -> Output:
    command, *options = arguments
    made = Output(write_dataset(folder / "source", scenes), folder / "out")
    assert invoke(command, made.source, "-o", made.out, "-j", "1", *options).status == 0
    return made


def verify(made: Output, *options: str) -> list[dict[str, str]]:
    """Return the findings, and assert that the exit status agrees with them."""
    report = made.out.parent / "report.json"
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
