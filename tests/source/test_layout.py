"""Data sets: what is found from every kind of SRC, how frames are called, and what is said when nothing is found."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from cityconv.errors import AnnotationError, SourceError
from cityconv.source.layout import find_frames
from tests.builders import SCENES, annotation_path, street, write_annotation, write_dataset, zip_folder

AACHEN = "train/aachen/aachen_000000_000019"
TRAIN = [key for key in SCENES if key.startswith("train/")]


def found(source: Path, **filters: Any) -> list[str]:
    """Return the frames that are found, as `<split>/<city>/<name>`."""
    return [f"{frame.split}/{frame.city}/{frame.name}" for frame in find_frames(source, **filters)]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "cityscapes")


@pytest.fixture
def archive(root: Path, tmp_path: Path) -> Path:
    return zip_folder(root, tmp_path / "gtFine_trainvaltest.zip")


def test_the_root_gives_all_frames_sorted_by_split_city_and_name(root: Path) -> None:
    assert found(root) == sorted(SCENES)


def test_the_tree_folder_gives_all_frames(root: Path) -> None:
    assert found(root / "gtFine") == sorted(SCENES)


def test_a_split_folder_gives_its_frames(root: Path) -> None:
    assert found(root / "gtFine/train") == sorted(TRAIN)


def test_a_city_folder_gives_its_frames(root: Path) -> None:
    assert found(root / "gtFine/train/ulm") == ["train/ulm/ulm_000000_000019"]


def test_one_file_gives_one_frame(root: Path) -> None:
    assert found(annotation_path(root, AACHEN)) == [AACHEN]


def test_a_zip_gives_all_frames(archive: Path) -> None:
    assert found(archive) == sorted(SCENES)


def test_what_else_a_zip_holds_is_passed_over(archive: Path) -> None:
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("README", "hello")
        opened.writestr(f"gtFine/{AACHEN}_gtFine_labelIds.png", b"")
        opened.mkdir("gtFine/train/zurich")
    assert found(archive) == sorted(SCENES)


def test_a_zip_may_have_a_folder_above_the_tree(root: Path, tmp_path: Path) -> None:
    assert found(zip_folder(root.parent, tmp_path.parent / f"{tmp_path.name}.zip")) == sorted(SCENES)


def test_a_zip_may_have_a_name_in_capitals(archive: Path) -> None:
    assert found(archive.rename(archive.with_suffix(".ZIP"))) == sorted(SCENES)


def test_folder_and_zip_give_the_same_bytes(root: Path, archive: Path) -> None:
    assert [frame.read() for frame in find_frames(root)] == [frame.read() for frame in find_frames(archive)]


@pytest.mark.parametrize("source", [".", "..", "../..", "../../..", "../ulm", "../../val"])
def test_a_relative_source_gives_the_same_frames_as_an_absolute_one(
    source: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root / "gtFine/train/aachen")
    assert found(Path(source)) == found(Path(source).resolve())


def test_the_current_folder_may_be_any_of_those_above_the_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, expected in (("", SCENES), ("gtFine", SCENES), ("gtFine/train", TRAIN)):
        monkeypatch.chdir(root / folder)
        assert found(Path()) == sorted(expected)


def test_coarse_annotations_are_found_and_called_so(tmp_path: Path) -> None:
    scenes = {"train_extra/erlangen/erlangen_000000_000000": street()}
    frames = find_frames(write_dataset(tmp_path, scenes, "gtCoarse"))
    assert [(frame.split, frame.tree) for frame in frames] == [("train_extra", "gtCoarse")]


def test_where_there_are_both_trees_the_fine_one_is_taken_unless_the_other_is_named(root: Path) -> None:
    write_dataset(root, {AACHEN: street()}, "gtCoarse")
    assert {frame.tree for frame in find_frames(root)} == {"gtFine"}
    assert {frame.tree for frame in find_frames(root / "gtCoarse")} == {"gtCoarse"}


def test_a_zip_of_both_trees_gives_the_fine_one(root: Path, tmp_path: Path) -> None:
    write_dataset(root, {AACHEN: street()}, "gtCoarse")
    frames = find_frames(zip_folder(root, tmp_path / "both.zip"))
    assert [frame.tree for frame in frames] == ["gtFine"] * len(SCENES)


def test_splits_and_cities_are_filtered(root: Path) -> None:
    assert found(root, splits=["val", "test"]) == [key for key in sorted(SCENES) if key[0] != "t" or key[1] == "e"]
    assert found(root, cities=["ulm", "bonn"]) == ["test/bonn/bonn_000000_000019", "train/ulm/ulm_000000_000019"]
    assert found(root, splits=["train"], cities=["ulm"]) == ["train/ulm/ulm_000000_000019"]


def test_a_zip_is_filtered_like_a_folder(archive: Path) -> None:
    assert found(archive, splits=["val"]) == ["val/munster/munster_000000_000019"]


def test_files_outside_the_layout_are_in_the_split_all_and_in_the_city_that_their_name_begins_with(
    tmp_path: Path,
) -> None:
    for name in ("aachen_000000_000019_gtFine_polygons.json", "my-street_polygons.json"):
        write_annotation(tmp_path / "flat" / name, street())
    assert found(tmp_path / "flat") == ["all/aachen/aachen_000000_000019", "all/my-street/my-street"]
    assert {frame.tree for frame in find_frames(tmp_path / "flat")} == {"gtFine"}


def test_a_zip_of_files_without_folders_is_read(tmp_path: Path) -> None:
    write_annotation(tmp_path / "flat/aachen_000000_000019_gtFine_polygons.json", street())
    assert found(zip_folder(tmp_path / "flat", tmp_path / "flat.zip")) == ["all/aachen/aachen_000000_000019"]


def test_a_zip_of_one_split_or_of_one_city_is_read(root: Path, tmp_path: Path) -> None:
    assert found(zip_folder(root / "gtFine", tmp_path / "splits.zip")) == sorted(SCENES)
    of_cities = found(zip_folder(root / "gtFine/train", tmp_path / "cities.zip"))
    assert [key.split("/", 1)[1] for key in of_cities] == [key.split("/", 1)[1] for key in sorted(TRAIN)]


def test_sequence_and_frame_numbers_keep_their_zeros(root: Path) -> None:
    assert {frame.name for frame in find_frames(root, cities=["aachen"])} == {
        "aachen_000000_000019",
        "aachen_000001_000019",
    }


def refusal(source: Path, **filters: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        find_frames(source, **filters)
    return caught.value


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert str(refusal(tmp_path / "nowhere")) == f"{tmp_path / 'nowhere'}: no such file or folder"
    assert str(refusal(tmp_path / "nowhere.zip")) == f"{tmp_path / 'nowhere.zip'}: no such file or folder"


def test_a_folder_without_annotations_is_told_what_was_expected(tmp_path: Path) -> None:
    write_annotation(tmp_path / "gtFine/train/aachen/something_else.json", street())
    error = refusal(tmp_path)
    assert str(error).startswith(f"{tmp_path}: found no *_polygons.json")
    assert "<split>/<city>/" in error.hint


def test_a_zip_without_annotations_is_told_so(tmp_path: Path) -> None:
    write_annotation(tmp_path / "files/README", b"hello")
    archive = zip_folder(tmp_path / "files", tmp_path / "empty.zip")
    assert str(refusal(archive)).startswith(f"{archive}: found no *_polygons.json")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    picture = write_annotation(tmp_path / "aachen_000000_000019_gtFine_labelIds.png", b"")
    assert str(refusal(picture)) == f"{picture}: neither a zip nor a *_polygons.json file"


@pytest.mark.parametrize("kept", [0, 10, -5])
def test_a_damaged_zip_is_named(archive: Path, kept: int) -> None:
    archive.write_bytes(archive.read_bytes()[:kept])
    assert str(refusal(archive)).startswith(f"{archive}: ")


def test_a_damaged_member_of_a_zip_is_named(archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as opened:
        member = opened.getinfo(f"gtFine/{AACHEN}_gtFine_polygons.json")
    begin = member.header_offset + 30 + len(member.filename)
    content[begin : begin + member.compress_size] = b"x" * member.compress_size
    archive.write_bytes(content)
    frames = {frame.name: frame for frame in find_frames(archive)}
    with pytest.raises(AnnotationError) as caught:
        frames["aachen_000000_000019"].read()
    assert str(caught.value).startswith(f"{archive}/{member.filename}: ")
    assert frames["ulm_000000_000019"].read()


def test_a_file_that_is_gone_by_the_time_it_is_read_is_named(root: Path) -> None:
    (frame,) = find_frames(annotation_path(root, AACHEN))
    annotation_path(root, AACHEN).unlink()
    with pytest.raises(AnnotationError) as caught:
        frame.read()
    assert str(caught.value) == f"{annotation_path(root, AACHEN)}: no such file or directory"


def test_a_split_that_matches_nothing_lists_what_there_is(root: Path) -> None:
    error = refusal(root, splits=["train", "tain"])
    assert str(error) == f"{root}: no split named 'tain'"
    assert error.hint == "there is: test, train, val"


def test_a_city_that_matches_nothing_lists_those_of_the_chosen_splits(root: Path) -> None:
    error = refusal(root, splits=["train"], cities=["munster"])
    assert str(error) == f"{root}: no city named 'munster'"
    assert error.hint == "there is: aachen, ulm"


def test_two_files_of_one_frame_are_both_named(root: Path) -> None:
    first = annotation_path(root, AACHEN)
    second = first.with_name("aachen_000000_000019_polygons.json")
    write_annotation(second, street())
    message = str(refusal(root))
    assert str(first) in message
    assert str(second) in message


def test_names_that_could_lead_outside_the_output_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("gtFine/../aachen/aachen_000000_000019_gtFine_polygons.json", "{}")
    assert "'..' cannot name files" in str(refusal(archive))
