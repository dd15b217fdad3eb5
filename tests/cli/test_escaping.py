"""Control characters from names and files do not reach the terminal, in any command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.builders import SCENES, write_annotation, write_dataset
from tests.commands import run_inline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTILE = "\x1b]0;title\x07\x1b[2J\u202e\r\n"
UNKNOWN = b'{"imgHeight": 9, "imgWidth": 9, "objects": [{"label": "%s", "polygon": [[0, 0], [1, 1], [0, 1]]}]}'


def a_folder(source: Path) -> None:
    """Put a bad annotation into a folder with a hostile name."""
    write_annotation(source / f"gtFine/train/{HOSTILE}/a_gtFine_polygons.json", b"{")


def a_file(source: Path) -> None:
    """Add a bad annotation with a hostile name."""
    write_annotation(source / f"gtFine/train/ulm/{HOSTILE}_gtFine_polygons.json", b"{")


def a_label(source: Path) -> None:
    """Add an annotation with a hostile label."""
    escaped = "".join(f"\\u{ord(character):04x}" for character in HOSTILE).encode()
    write_annotation(source / "gtFine/train/ulm/ulm_1_2_gtFine_polygons.json", UNKNOWN % escaped)


def a_key(source: Path) -> None:
    """Add an annotation that is cut after a hostile key."""
    write_annotation(source / "gtFine/train/ulm/ulm_1_2_gtFine_polygons.json", b'{"' + HOSTILE.encode())


COMMANDS: dict[str, tuple[str, ...]] = {
    "coco": ("coco", "{source}", "-o", "{out}"),
    "panoptic": ("panoptic", "{source}", "-o", "{out}"),
    "labelmap": ("labelmap", "{source}", "-o", "{out}"),
    "verify": ("verify", "{source}", "{out}"),
    "verify a data set": ("verify", "{source}"),
    "labels": ("labels", "--from", "{source}"),
    "a label table": ("coco", "{source}", "-o", "{out}", "--labels", "{source}/gtFine"),
    "a split": ("coco", "{source}", "-o", "{out}", "--split", HOSTILE),
    "a list": ("coco", "{source}", "-o", "{out}", "--frames", "{source}/list"),
    "a recipe": ("run", "{source}/list"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("spoil", [a_folder, a_file, a_label, a_key])
def test_what_is_printed_is_printable(
    command: tuple[str, ...], spoil: Callable[[Path], object], tmp_path: Path
) -> None:
    source = write_dataset(tmp_path / f"source {HOSTILE}", SCENES)
    spoil(source)
    (source / "list").write_text(f"{HOSTILE}\n")
    outcome = run_inline(*(part.format(source=source, out=tmp_path / "out") for part in command))
    assert outcome.out + outcome.err
    assert all(line.isprintable() for line in (outcome.out + outcome.err).split("\n"))
