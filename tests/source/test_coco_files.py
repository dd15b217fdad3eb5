"""COCO files as lists of frames, each with an excerpt of the file as its content."""

from __future__ import annotations

import json
import os
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.errors import NothingFoundError, SourceError
from cityconv.source.coco_files import list_coco_frames
from tests.builders import zip_folder

if TYPE_CHECKING:
    from pathlib import Path

CATEGORIES = [{"id": 1, "name": "car"}]
IMAGES = [{"id": number, "file_name": f"ulm/{number}.png", "width": 4, "height": 3} for number in (1, 2)]
ANNOTATIONS = [
    {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "segmentation": {"size": [3, 4], "counts": [number, 12 - number]},
    }
    for number, image in ((1, 1), (2, 1), (3, 2), (4, 1))
]


def write(path: Path, content: object = None, **changes: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"images": IMAGES, "annotations": ANNOTATIONS, "categories": CATEGORIES, **changes}
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(document, indent=1).encode())
    return path


def read(source: Path) -> dict[str, Any]:
    """Return the content of each frame by its name."""
    return {frame.name: json.loads(frame.read()) for frame in list_coco_frames(source).frames}


def expected(image: dict[str, Any], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    own = [item for item in annotations if item["image_id"] == image["id"]]
    return {"categories": CATEGORIES, "images": [image], "annotations": own}


@pytest.mark.parametrize("order", [*permutations(range(4))][::5])
def test_an_excerpt_has_the_categories_one_image_and_its_annotations(order: tuple[int, ...], tmp_path: Path) -> None:
    annotations = [ANNOTATIONS[index] for index in order]
    path = write(tmp_path / "instances_val.json", annotations=annotations)
    wanted = {str(image["id"]): expected(image, annotations) for image in IMAGES}
    assert read(path) == wanted
    assert read(zip_folder(tmp_path, tmp_path / "out/set.zip")) == wanted


def test_annotations_that_follow_on_each_other_are_read_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "instances_val.json")
    excerpts = [frame.excerpt for frame in list_coco_frames(path).frames]
    assert [excerpt and len(excerpt.annotations) for excerpt in excerpts] == [2, 1]  # 1 and 2, 4; 3


@pytest.mark.parametrize("elsewhere", [[*ANNOTATIONS, *IMAGES], ANNOTATIONS[:1], ANNOTATIONS[1:2]])
def test_annotations_may_come_first_and_equal_entries_stand_elsewhere(elsewhere: Any, tmp_path: Path) -> None:
    parts = {"info": elsewhere, "annotations": ANNOTATIONS, "categories": CATEGORIES, "images": IMAGES}
    path = write(tmp_path / "a.json", b"\xef\xbb\xbf" + json.dumps(parts).encode())
    assert read(path) == {str(image["id"]): expected(image, ANNOTATIONS) for image in IMAGES}


@pytest.mark.parametrize(
    ("files", "read_files"),
    [
        (["annotations/instances_a.json", "annotations/captions_a.json"], ["annotations/instances_a.json"]),
        (["annotations.json", "deeper/images/b.json"], ["annotations.json"]),
        (["train/_annotations.coco.json"], ["train/_annotations.coco.json"]),
        (["a_gtFine_polygons.json", "cityconv.json", "a.json"], ["a.json"]),
    ],
)
def test_in_a_folder_the_files_of_instances_are_read(files: list[str], read_files: list[str], tmp_path: Path) -> None:
    for name in files:
        write(tmp_path / name)
    for name in ("notes.json", "annotations/notes.json"):
        write(tmp_path / name, b'{"images": 3}')
    found = list_coco_frames(tmp_path).frames
    assert {frame.file.path for frame in found} == {str(tmp_path / name) for name in read_files}


def test_a_frame_is_called_by_the_names_of_file_and_image(tmp_path: Path) -> None:
    write(tmp_path / "annotations/instances_val.json")
    frame = list_coco_frames(tmp_path).frames[0]
    assert (frame.split, frame.city, frame.name, frame.image_suffixes) == ("val", "ulm", "1", (".png",))
    assert frame.where == f"{tmp_path}/annotations/instances_val.json: ulm/1.png"


def test_a_note_says_that_nothing_says_the_split(tmp_path: Path) -> None:
    listed = list_coco_frames(write(tmp_path / "result.json"))
    assert listed.notes == ["no name says the split of 2 images: it is 'all'"]


def test_a_file_that_changes_after_it_was_listed_is_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "instances_val.json")
    frame = list_coco_frames(path).frames[0]
    assert not frame.has_changed()
    os.utime(path, (1, 1))
    assert frame.has_changed()
    with pytest.raises(SourceError, match="changed since the frames were listed"):
        frame.read()


def test_the_png_of_a_panoptic_image_belongs_to_its_content(tmp_path: Path) -> None:
    segments: list[Any] = [
        {"image_id": image["id"], "file_name": f"{image['id']}.png", "segments_info": []} for image in IMAGES
    ]
    path = write(tmp_path / "panoptic_val.json", annotations=segments)
    (tmp_path / "panoptic_val").mkdir()
    (tmp_path / "panoptic_val/1.png").write_bytes(b"pixels")
    frame = list_coco_frames(path).frames[0]
    assert frame.read().endswith(b"\0pixels")
    (tmp_path / "panoptic_val/1.png").write_bytes(b"others")
    assert frame.has_changed()


@pytest.mark.parametrize("name", ["a.txt", "b/c.json"])
def test_a_place_without_coco_files_has_none(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, b"{}")
    with pytest.raises(NothingFoundError):
        list_coco_frames(path if name == "a.txt" else tmp_path)
