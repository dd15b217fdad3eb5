"""Annotation files: what is read from them, and how what is wrong with them is named."""

from __future__ import annotations

import codecs
import json
import pickle
from typing import TYPE_CHECKING

import pytest

from cityconv.errors import AnnotationError, UnknownLabelError
from cityconv.source.polygons import parse_annotation
from tests.builders import box, document, street

if TYPE_CHECKING:
    from cityconv.source.polygons import Annotation
    from tests.builders import Document

TRIANGLE = [[1, 2], [5, 2], [3, 6]]
DELETED = {"deleted": 1}


def parse(content: Document | bytes) -> Annotation:
    return parse_annotation(content if isinstance(content, bytes) else json.dumps(content).encode(), "some.json")


def polygons(annotation: Annotation) -> list[list[list[int]]]:
    points = iter(annotation.vertices.tolist())
    return [[next(points) for _ in range(count)] for count in annotation.counts.tolist()]


def refusal(content: Document | bytes) -> str:
    with pytest.raises(AnnotationError) as caught:
        parse(content)
    message = str(caught.value)
    assert message.startswith("some.json: ")
    return message.removeprefix("some.json: ")


def with_object(**changes: object) -> Document:
    changed = street()
    changed["objects"][3].update(changes)
    return changed


def test_a_file_as_released_gives_size_objects_and_polygons() -> None:
    released = (
        b'{\n    "imgHeight": 1024, \n    "imgWidth": 2048, \n    "objects": [\n        {\n'
        b'            "label": "cargroup", \n            "polygon": [\n                [\n                    -2, \n'
        b"                    2048\n                ], \n                [\n                    3, \n"
        b"                    4\n                ]\n            ]\n        }\n    ]\n}"
    )
    annotation = parse(released)
    assert (annotation.height, annotation.width) == (1024, 2048)
    (drawn,) = annotation.objects
    assert (drawn.name, drawn.label.name, drawn.is_group) == ("cargroup", "car", True)
    assert polygons(annotation) == [[[-2, 2048], [3, 4]]]


def test_objects_stay_in_the_order_of_the_file() -> None:
    annotation = parse(document(("car", TRIANGLE), ("sky", box(0, 0, 9, 3)), ("car", [[7, 7]])))
    assert [drawn.name for drawn in annotation.objects] == ["car", "sky", "car"]
    assert polygons(annotation) == [TRIANGLE, box(0, 0, 9, 3), [[7, 7]]]


def test_a_file_without_objects_is_an_empty_scene() -> None:
    annotation = parse(document())
    assert annotation.objects == ()
    assert annotation.vertices.shape == (0, 2)


def test_what_the_label_tool_adds_is_passed_over() -> None:
    more = {"id": 4, "deleted": 0, "verified": 1, "user": "ü", "date": "01-Jul-2015", "draw": True, "attributes": {}}
    content = document(("car", TRIANGLE, more)) | {"schemaVersion": [1, {"a": None}]}
    assert polygons(parse(content)) == [TRIANGLE]


def test_fractions_are_cut_off_towards_zero() -> None:
    annotation = parse(document(("car", [[1.9, -1.9], [-0.5, 0.999], [3.0, 1e2]])))
    assert polygons(annotation) == [[[1, -1], [0, 0], [3, 100]]]


@pytest.mark.parametrize("deleted", [1, True, -1, "yes"])
def test_a_deleted_object_is_gone(deleted: object) -> None:
    annotation = parse(document(("car", TRIANGLE, {"deleted": deleted}), ("bus", TRIANGLE)))
    assert [drawn.name for drawn in annotation.objects] == ["bus"]
    assert polygons(annotation) == [TRIANGLE]


@pytest.mark.parametrize("deleted", [0, False, None, ""])
def test_the_key_deleted_alone_deletes_nothing(deleted: object) -> None:
    assert len(parse(document(("car", TRIANGLE, {"deleted": deleted}))).objects) == 1


def test_a_deleted_object_may_have_an_unknown_label() -> None:
    assert parse(document(("spaceship", TRIANGLE, {"deleted": 1}))).objects == ()


def test_a_byte_order_mark_is_passed_over() -> None:
    assert len(parse(codecs.BOM_UTF8 + json.dumps(street()).encode()).objects) == len(street()["objects"])


def test_an_empty_file_is_called_so() -> None:
    assert refusal(b"") == "the file is empty"
    assert refusal(b" \n") == "the file is empty"


@pytest.mark.parametrize("length", [1, 20, 100, 300])
def test_a_truncated_file_is_told_with_its_length(length: int) -> None:
    assert refusal(json.dumps(street()).encode()[:length]) == f"JSON is truncated after byte {length}"


def test_malformed_json_is_told_with_the_byte() -> None:
    content = json.dumps(document(("car", TRIANGLE))).encode().replace(b"[5, 2]", b"[5; 2]")
    assert f"byte {content.index(b';')}" in refusal(content)


def test_bytes_that_are_no_text_are_refused() -> None:
    content = json.dumps(document(("car", TRIANGLE))).encode().replace(b"car", b"c\xffr")
    assert "utf" in refusal(content).lower()


def test_deep_nesting_is_refused() -> None:
    nested = b'{"imgHeight": 1, "imgWidth": 1, "objects": [], "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert refusal(nested) == "JSON is nested too deeply"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (with_object(label=3), "$.objects[3].label"),
        (with_object(label=None), "$.objects[3].label"),
        (with_object(polygon="square"), "$.objects[3].polygon"),
        (with_object(polygon=None), "$.objects[3].polygon"),
        (with_object(polygon=[[1, 2], [3, "4"]]), "$.objects[3].polygon[1][1]"),
        (with_object(polygon=[[1, 2], [3, None]]), "$.objects[3].polygon[1][1]"),
        (with_object(polygon=[[1, 2], [3, True]]), "$.objects[3].polygon[1][1]"),
        (with_object(polygon=[[1, 2], [3]]), "$.objects[3].polygon[1]"),
        (with_object(polygon=[[1, 2], [3, 4, 5]]), "$.objects[3].polygon[1]"),
        (with_object(polygon=[[1, 2], 7]), "$.objects[3].polygon[1]"),
        (with_object(polygon=[[1, 2], [3, 4], [1e9, 5]]), "$.objects[3].polygon[2]"),
        (with_object(polygon=[[1, 2], [3, -1_000_001]]), "$.objects[3].polygon[1]"),
        (with_object(label="spaceship"), "$.objects[3].label"),
        (street() | {"objects": {}}, "$.objects"),
        (street() | {"objects": ["car"]}, "$.objects[0]"),
        (street() | {"imgHeight": "32"}, "$.imgHeight"),
        (street() | {"imgWidth": 64.5}, "$.imgWidth"),
        (street() | {"imgWidth": None}, "$.imgWidth"),
        (street() | {"imgHeight": -32}, "$.imgHeight"),
        (street() | {"imgWidth": 0}, "$.imgWidth"),
        (street() | {"imgWidth": 10**6}, "$.imgWidth"),
        (street() | {"imgWidth": 10**30}, "$.imgWidth"),
    ],
)
def test_a_value_that_is_wrong_is_named_by_its_json_path(content: Document, place: str) -> None:
    assert refusal(content).endswith(f"- at `{place}`")


@pytest.mark.parametrize("key", ["imgHeight", "imgWidth", "objects"])
def test_a_key_that_is_missing_is_named(key: str) -> None:
    content = street()
    del content[key]
    assert f"`{key}`" in refusal(content)


@pytest.mark.parametrize("key", ["label", "polygon"])
def test_a_key_that_is_missing_in_an_object_is_named_with_its_place(key: str) -> None:
    content = street()
    del content["objects"][2][key]
    message = refusal(content)
    assert f"`{key}`" in message
    assert message.endswith("- at `$.objects[2]`")


@pytest.mark.parametrize("content", [b"[]", b"null", b"3", b'"a"'])
def test_a_file_that_holds_no_object_is_refused(content: bytes) -> None:
    assert "xpected `object`" in refusal(content)


def test_places_count_deleted_objects_too() -> None:
    content = document(("car", TRIANGLE, {"deleted": 1}), ("car", TRIANGLE), ("car", [[2, 2], [1e7, 2]]))
    assert refusal(content).endswith("- at `$.objects[2].polygon[1]`")


def test_places_count_objects_with_empty_polygons_too() -> None:
    content = document(("car", []), ("car", TRIANGLE), ("car", [[2, 2], [1e7, 2]]))
    assert refusal(content).endswith("- at `$.objects[2].polygon[1]`")


def test_an_object_with_an_empty_polygon_is_skipped_and_counted() -> None:
    found = parse(document(("car", []), ("person", TRIANGLE), ("cargroup", []), ("car", []), ("bus", [], DELETED)))
    assert [item.name for item in found.objects] == ["person"]
    assert found.counts.tolist() == [3]
    assert found.skipped == {("empty", "car"): 2, ("empty", "cargroup"): 1}


def test_objects_of_unknown_labels_can_be_skipped_and_counted() -> None:
    content = document(("spaceship", TRIANGLE), ("car", TRIANGLE), ("spaceship", []), ("ufo", TRIANGLE, DELETED))
    found = parse_annotation(json.dumps(content).encode(), "some.json", unknown_labels="drop")
    assert [item.name for item in found.objects] == ["car"]
    assert found.skipped == {("unknown", "spaceship"): 2}


def test_unknown_labels_are_counted_and_the_first_is_named_with_its_place() -> None:
    with pytest.raises(UnknownLabelError) as caught:
        parse(document(("car", TRIANGLE), ("a\nb", TRIANGLE), ("ufo", TRIANGLE), ("a\nb", [])))
    assert str(caught.value) == (
        r"some.json: unknown label 'a\nb' and 1 more label, not in the label table cityscapes "
        "- at `$.objects[1].label`"
    )
    assert caught.value.labels == {"a\nb": 2, "ufo": 1}
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.labels) == (str(caught.value), caught.value.labels)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have_are_refused(number: str) -> None:
    content = json.dumps(document(("car", TRIANGLE))).replace("[5, 2]", f"[5, {number}]").encode()
    assert "malformed" in refusal(content)


def test_numbers_too_large_for_a_float_are_refused() -> None:
    content = json.dumps(document(("car", TRIANGLE))).replace("[5, 2]", "[5, 1e999]").encode()
    assert "$.objects[0].polygon[1]" in refusal(content)


def test_more_objects_than_a_map_can_tell_apart_are_refused() -> None:
    assert refusal(document(*[("car", TRIANGLE)] * 65_536)).endswith("- at `$.objects`")
    assert len(parse(document(*[("car", TRIANGLE)] * 65_535)).objects) == 65_535
