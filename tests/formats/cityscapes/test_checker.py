"""Verify on polygon JSON: what is planted in an output is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.builders import FRAME, SCENES, annotation_path, box, document
from tests.check.planted import convert, verify
from tests.commands import run_inline

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCENE = document(("road", box(0, 0, 64, 32)), ("car", box(2, 2, 5, 5)), ("cargroup", box(20, 2, 9, 9)))
STRUCTURAL = {
    "another label": (lambda content: content["objects"][1].update(label="truck"), "class"),
    "an unknown label": (lambda content: content["objects"][1].update(label="cat"), "unreadable"),
    "a key": (lambda content: content["objects"][1].update(deleted=0), "unreadable"),
    "an order of keys": (lambda content: content.update(imgHeight=content.pop("imgHeight")), "unreadable"),
    "a float": (lambda content: content["objects"][1]["polygon"][0].__setitem__(0, 2.0), "unreadable"),
    "a point of three numbers": (lambda content: content["objects"][1]["polygon"][0].append(1), "unreadable"),
    "no points": (lambda content: content["objects"][1]["polygon"].clear(), "unreadable"),
    "no list": (lambda content: content.update(objects={}), "unreadable"),
    "the size": (lambda content: content.update(imgWidth=65), "size"),
}  # fmt: skip


def plant(folder: Path, change: Callable[[dict[str, Any]], object], *options: str) -> list[str]:
    """Change an output, and return the kinds of the findings."""
    made = convert(folder, {FRAME: SCENE}, "cityscapes", *options)
    path = annotation_path(made.out, FRAME)
    content = json.loads(path.read_bytes())
    change(content)
    path.write_text(json.dumps(content))
    return [finding["kind"] for finding in verify(made, *options)]


@pytest.mark.parametrize("options", [(), ("--classes", "labels")], ids=["as drawn", "visible"])
@pytest.mark.parametrize(("change", "kind"), STRUCTURAL.values(), ids=STRUCTURAL)
def test_a_damaged_file_is_found(change: Any, kind: str, options: tuple[str, ...], tmp_path: Path) -> None:
    assert plant(tmp_path, change, *options) == [kind]


def test_another_polygon_is_found_even_if_it_draws_the_same(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["objects"][1]["polygon"].append(content["objects"][1]["polygon"][0])

    assert plant(tmp_path / "drawn", change) == ["value"]
    assert plant(tmp_path / "visible", change, "--classes", "labels") == []


def test_a_pixel_too_many_is_found(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["objects"][1]["polygon"][0][0] -= 2

    assert "mask" in plant(tmp_path, change, "--classes", "labels")


def test_a_missing_object_is_found(tmp_path: Path) -> None:
    assert plant(tmp_path / "drawn", lambda content: content["objects"].pop()) == ["missing_object"]
    assert "missing_object" in plant(
        tmp_path / "visible", lambda content: content["objects"].pop(), "--classes", "labels"
    )


def test_a_missing_and_an_extra_file_are_found(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "cityscapes")
    path = annotation_path(made.out, FRAME)
    path.rename(path.with_name("aachen_9_9_gtFine_polygons.json"))
    assert sorted(finding["kind"] for finding in verify(made)) == ["extra", "missing"]


def test_the_annotations_themselves_are_no_output(tmp_path: Path) -> None:
    made = convert(tmp_path, SCENES, "cityscapes")
    outcome = run_inline("verify", made.source, made.source)
    assert (outcome.status, outcome.err.splitlines()[0]) == (1, f"error: {made.source}: found no output of cityconv")


def test_with_a_tolerance_pixels_may_differ_near_a_border_and_not_elsewhere(tmp_path: Path) -> None:
    def move(columns: int) -> Callable[[dict[str, Any]], None]:
        def change(content: dict[str, Any]) -> None:
            for point in content["objects"][1]["polygon"]:
                point[0] += columns

        return change

    options = ("--tolerance", "2")
    assert plant(tmp_path / "near", move(2), *options) == []
    assert plant(tmp_path / "far", move(4), *options) == ["pixels"]
    assert plant(tmp_path / "label", lambda content: content["objects"][1].update(label="bus"), *options) == ["class"]
    assert plant(tmp_path / "lost", lambda content: content["objects"].pop(), *options) == ["missing_object"]
