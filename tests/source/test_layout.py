"""Data sets: what is found from every kind of SRC, how frames are called, and what is said when nothing is found."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.errors import AnnotationError, CityconvError, SourceError, UnknownNameError
from cityconv.source.files import File
from cityconv.source.frame import Frame
from cityconv.source.layout import find_dataset, find_frames
from tests.builders import SCENES, annotation_path, street, write_annotation, write_dataset, zip_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def test_files_without_folders_are_in_the_split_all_and_in_no_city(tmp_path: Path) -> None:
    for name in ("aachen_000000_000019_gtFine_polygons.json", "my-street_polygons.json"):
        write_annotation(tmp_path / "flat" / name, street())
    assert found(tmp_path / "flat") == ["all//aachen_000000_000019", "all//my-street"]
    assert {frame.tree for frame in find_frames(tmp_path / "flat")} == {"gtFine"}


def test_a_zip_of_files_without_folders_is_read(tmp_path: Path) -> None:
    write_annotation(tmp_path / "flat/aachen_000000_000019_gtFine_polygons.json", street())
    assert found(zip_folder(tmp_path / "flat", tmp_path / "flat.zip")) == ["all//aachen_000000_000019"]


def test_a_zip_of_one_split_or_of_one_city_is_read(root: Path, tmp_path: Path) -> None:
    assert found(zip_folder(root / "gtFine", tmp_path / "splits.zip")) == sorted(SCENES)
    of_cities = found(zip_folder(root / "gtFine/train", tmp_path / "cities.zip"))
    assert [key.split("/", 1)[1] for key in of_cities] == [key.split("/", 1)[1] for key in sorted(TRAIN)]


def test_sequence_and_frame_numbers_keep_their_zeros(root: Path) -> None:
    assert {frame.name for frame in find_frames(root, cities=["aachen"])} == {
        "aachen_000000_000019",
        "aachen_000001_000019",
    }


def refusal(source: Path, **filters: Any) -> CityconvError:
    with pytest.raises((SourceError, UnknownNameError)) as caught:
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
    error = refusal(root, splits=["train", "dev"])
    assert str(error) == f"{root}: no split named 'dev'"
    assert error.hint == "available: test, train, val"


def test_a_city_that_matches_nothing_lists_those_of_the_chosen_splits(root: Path) -> None:
    error = refusal(root, splits=["train"], cities=["munster"])
    assert str(error) == f"{root}: no city named 'munster'"
    assert error.hint == "available: aachen, ulm"


def test_two_files_of_one_frame_are_both_named(root: Path) -> None:
    first = annotation_path(root, AACHEN)
    second = first.with_name("aachen_000000_000019_polygons.json")
    write_annotation(second, street())
    message = str(refusal(root))
    assert str(first) in message
    assert str(second) in message


@pytest.mark.parametrize(
    "path", ["gtFine/../aachen/x", "gtFine/train/../x", "gtFine/train/a\nb/x", "gtFine/train/\x1b/x"]
)
def test_folders_that_cannot_name_files_are_refused(path: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as opened:
        opened.writestr(f"{path}_gtFine_polygons.json", "{}")
    assert "cannot name files" in str(refusal(tmp_path / "bad.zip"))


@pytest.mark.parametrize("name", [b"a\nb", b"a\x7fb", b"a\xffb", b"a\\b", "a\u2028b".encode()])
def test_names_that_cannot_name_files_are_refused(name: bytes, tmp_path: Path) -> None:
    write_annotation(tmp_path / "gtFine/train/a" / f"{os.fsdecode(name)}_gtFine_polygons.json", street())
    assert "cannot name files" in str(refusal(tmp_path))


# Data sets that are not the release: the folders say what a frame is called, whatever the file is called

LAYOUTS = {
    "IDD": {
        "gtFine/train/0/frame0029_gtFine_polygons.json": "train/0/frame0029",
        "gtFine/train/1/frame0029_gtFine_polygons.json": "train/1/frame0029",
        "gtFine/val/2/frame0029_gtFine_polygons.json": "val/2/frame0029",
    },
    "the label tool": {
        "gtFine/train/my drive/DSC (1)_gtFine_polygons.json": "train/my drive/DSC (1)",
        "gtFine/holdout/night/DSC_2_gtFine_polygons.json": "holdout/night/DSC_2",
    },
    "Lost and Found": {
        "gtCoarse/train/01_Hanns_Klemm_Str_45/01_Hanns_Klemm_Str_45_000000_000010_gtCoarse_polygons.json": (
            "train/01_Hanns_Klemm_Str_45/01_Hanns_Klemm_Str_45_000000_000010"
        ),
    },
    "Supervisely": {
        "gtFine/train/data set/Straße [7], 東京_gtFine_polygons.json": "train/data set/Straße [7], 東京",
        "gtFine/val/ds: 1/a & b <c>_gtFine_polygons.json": "val/ds: 1/a & b <c>",
        "gtFine/val/ds: 1/aachen_0: [0_gtFine_polygons.json": "val/ds: 1/aachen_0: [0",
    },
    "no city folders": {
        "gt/train/pano12_polygons.json": "train//pano12",
        "gt/val/train_7_gt_polygons.json": "val//train_7",
    },
    "no tree folder": {
        "train/a/x_polygons.json": "train/a/x",
        "val/y_polygons.json": "val//y",
    },
    "the tree below the split": {
        "train/gt/x_polygons.json": "train//x",
        "val/gt/a/x_polygons.json": "val/a/x",
    },
    "folders above the split": {
        "gt/fog/train/GP010475/GP010475_frame_000001_polygons.json": "train/fog/GP010475/GP010475_frame_000001",
        "gt/fog/test/GP010475/GP010475_frame_000001_polygons.json": "test/fog/GP010475/GP010475_frame_000001",
        "gt/rain/val/GP1/frame_polygons.json": "val/rain/GP1/frame",
    },
    "folders above the split, no tree folder": {
        "fog/train/GP/x_polygons.json": "train/fog/GP/x",
        "rain/train/GP/x_polygons.json": "train/rain/GP/x",
    },
    "subsets of a labeling tool": {
        "gtFine/Train/x_gtFine_polygons.json": "Train//x",
        "gtFine/Validation/x_gtFine_polygons.json": "Validation//x",
        "gtFine/default/x_gtFine_polygons.json": "default//x",
    },
    "cities without splits": {
        "gtFine/0/x_gtFine_polygons.json": "all/0/x",
        "gtFine/1/x_gtFine_polygons.json": "all/1/x",
    },
    "splits at different depths": {
        "gtCoarse/train_extra/a/x_gtCoarse_polygons.json": "train_extra/a/x",
        "gtCoarse/train/x_gtCoarse_polygons.json": "train//x",
    },
}  # fmt: skip
layouts = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def write_layout(root: Path, paths: Iterable[str]) -> Path:
    for path in paths:
        write_annotation(root / path, street())
    return root


@layouts
def test_the_folders_say_split_and_city(layout: dict[str, str], tmp_path: Path) -> None:
    assert found(write_layout(tmp_path / "own", layout)) == sorted(layout.values())


@layouts
def test_a_zip_gives_the_names_that_the_folder_gives(layout: dict[str, str], tmp_path: Path) -> None:
    archive = zip_folder(write_layout(tmp_path / "own", layout), tmp_path / "own.zip")
    assert found(archive) == sorted(layout.values())


@layouts
def test_a_zip_with_backslashes_gives_them_too_and_is_read(layout: dict[str, str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "own.zip", "w") as opened:
        opened.writestr("gtFine\\", b"")
        for path in layout:
            opened.writestr(path.replace("/", "\\"), path)
    frames = find_frames(tmp_path / "own.zip")
    assert [f"{frame.split}/{frame.city}/{frame.name}" for frame in frames] == sorted(layout.values())
    assert [frame.read().decode() for frame in frames] == [frame.file.path for frame in frames]


def test_a_common_folder_above_the_splits_counts_where_it_is_below_a_tree_folder(tmp_path: Path) -> None:
    root = write_layout(tmp_path, ["own/train/x_polygons.json", "val/gtFine/own/test/y_polygons.json"])
    assert found(root) == ["test/own/y", "train//x"]


@pytest.mark.parametrize("name", sorted(set(LAYOUTS) - {"folders above the split, no tree folder"}))
def test_a_part_of_a_data_set_gives_the_names_that_the_whole_gives(name: str, tmp_path: Path) -> None:
    root = write_layout(tmp_path / "own", LAYOUTS[name])
    names = {frame.file.path: frame.key for frame in find_frames(root)}
    files = [root / path for path in LAYOUTS[name]]
    for part in {part for file in files for part in (file, file.parent, file.parent.parent)}:
        of_part = {frame.file.path: frame.key for frame in find_frames(part)}
        assert of_part
        assert of_part.items() <= names.items(), part


@pytest.mark.parametrize(
    ("path", "suffix", "expected"),
    [
        ("gt/fog/train/GP1/GP1_000001_gt_labelIds.png", "_labelIds.png", "train/fog/GP1/GP1_000001"),
        ("gt/fog/train/GP1/GP1_000001_gt_labelIds.png", "_gt_labelIds.png", "train/fog/GP1/GP1_000001"),
        ("training/semantic/000000_10.png", ".png", "training/semantic/000000_10"),
        ("gtFine/default/a b_gtFine_instanceIds.png", "_instanceIds.png", "default//a b"),
        ("predictions/x.png", ".png", "all/predictions/x"),
    ],
)
def test_files_with_another_suffix_are_named_alike(path: str, suffix: str, expected: str, tmp_path: Path) -> None:
    write_annotation(tmp_path / path, b"")
    (frame,) = find_dataset(tmp_path, suffix=suffix).frames
    assert "/".join(frame.key) == expected


def test_folders_can_be_named_that_say_the_split(tmp_path: Path) -> None:
    write_layout(tmp_path, ["mine/a/x_polygons.json", "train/a/x_polygons.json", "train/mine/y_polygons.json"])
    frames = find_frames(tmp_path, split_folders=["mine"])
    assert [frame.key for frame in frames] == [("mine", "a", "x"), ("mine", "train", "y"), ("train", "a", "x")]


def test_a_split_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no split folder named 'mien'") as caught:
        find_frames(write_layout(tmp_path, ["mine/a/x_polygons.json"]), split_folders=["mien"])
    assert "mine" in caught.value.hint


def test_the_release_gives_no_notes(root: Path, archive: Path) -> None:
    sources = (root, archive, root / "gtFine/train", root / "gtFine/train/aachen", annotation_path(root, AACHEN))
    assert [find_dataset(source).notes for source in sources] == [[]] * 5


def test_a_note_says_that_nothing_tells_the_split(tmp_path: Path) -> None:
    root = write_layout(tmp_path, ["own/a/x_polygons.json", "own/b/y_polygons.json"]) / "own"
    (note,) = find_dataset(root).notes
    assert note.startswith("no folder says the split of all 2 frames")
    assert "--split-folder" in note


def test_a_note_counts_the_frames_whose_split_nothing_tells(tmp_path: Path) -> None:
    (note,) = find_dataset(write_layout(tmp_path, ["train/x_polygons.json", "extra/y_polygons.json"])).notes
    assert note.startswith(f"no folder says the split of 1 of 2 frames, such as {tmp_path / 'extra'}")


def test_a_note_says_that_a_frame_is_in_folders_of_two_splits(tmp_path: Path) -> None:
    dataset = find_dataset(write_layout(tmp_path, ["gt/train/val/x_polygons.json", "gt/val/y_polygons.json"]))
    assert [frame.key for frame in dataset.frames] == [("train", "val", "x"), ("val", "", "y")]
    assert dataset.notes == ["folders 'train' and 'val' hold the same frames; these are in the split 'train'"]


def test_a_note_says_that_the_split_is_from_above(tmp_path: Path) -> None:
    root = write_layout(tmp_path, ["val/a/x_polygons.json"])
    dataset = find_dataset(root / "val/a")
    assert [frame.key for frame in dataset.frames] == [("val", "a", "x")]
    assert dataset.notes == ["split 'val' is the name of a folder above the source"]


@pytest.mark.parametrize("tree", ["gtFine", "gt"])
def test_one_level_too_high_the_hint_names_what_was_found(tree: str, tmp_path: Path) -> None:
    write_layout(tmp_path, [f"data/{tree}/train/a/x_polygons.json"])
    error = refusal(tmp_path)
    assert str(error).startswith(f"{tmp_path}: found no *_polygons.json here")
    assert error.hint == f"found {tmp_path / 'data' / tree} further down; try {tmp_path / 'data'}"


def test_another_data_set_further_down_is_not_read_and_a_note_says_so(tmp_path: Path) -> None:
    root = write_layout(tmp_path, ["train/a/x_polygons.json", "old/gtFine/train/a/x_polygons.json"])
    dataset = find_dataset(root)
    assert [frame.file.path for frame in dataset.frames] == [str(root / "train/a/x_polygons.json")]
    assert dataset.notes == [f"not read: {root / 'old/gtFine'}; name a data set's own folder to read it"]


def test_several_trees_are_refused_unless_the_release_has_them(tmp_path: Path) -> None:
    root = write_layout(tmp_path, ["gt_a/train/x_polygons.json", "gt_b/train/x_polygons.json"])
    assert "several folders of annotations" in str(refusal(root))


def test_a_link_in_a_circle_is_passed_over(root: Path) -> None:
    city = root / "gtFine/train/aachen"
    for name, target in (("self", "self"), ("here", "."), ("up", "../.."), ("top", str(root))):
        (city / name).symlink_to(target)
    assert found(root) == sorted(SCENES)
    assert found(city) == [key for key in sorted(SCENES) if "aachen" in key]


def test_two_links_to_one_folder_are_both_followed(tmp_path: Path) -> None:
    write_layout(tmp_path, ["pool/x_polygons.json"])
    for split in ("train", "val"):
        (tmp_path / "own" / split).mkdir(parents=True)
        (tmp_path / "own" / split / "a").symlink_to(tmp_path / "pool")
    assert found(tmp_path / "own") == ["train/a/x", "val/a/x"]


def test_folders_may_be_very_deep(tmp_path: Path) -> None:
    path = f"gt/train/{'/'.join('d' * 1000)}/x"
    with zipfile.ZipFile(tmp_path / "deep.zip", "w") as opened:
        opened.writestr(f"{path}_polygons.json", "{}")
    assert len(found(tmp_path / "deep.zip")) == 1


@pytest.mark.parametrize(
    ("city", "name", "folder_path", "flat_name"),
    [
        ("aachen", "aachen_0_0", "aachen/aachen_0_0", "aachen_0_0"),
        ("0", "frame0029", "0/frame0029", "0_frame0029"),
        ("fog/GP1", "x", "fog/GP1/x", "fog_GP1_x"),
        ("", "pano12", "pano12", "pano12"),
        ("a", "ab", "a/ab", "a_ab"),
    ],
)
def test_outputs_name_frames_by_folder_or_flat(city: str, name: str, folder_path: str, flat_name: str) -> None:
    frame = Frame("train", city, name, "gtFine", File("x.json"), "train", (0, 0))
    assert (frame.folder_path, frame.flat_name) == (folder_path, flat_name)


def test_a_subset_by_city_can_name_a_file(tmp_path: Path) -> None:
    root = write_layout(tmp_path, ["gt/fog/train/GP1/x_polygons.json", "gt/train/y_polygons.json"])
    assert [frame.subset for frame in find_frames(root, split_by="city")] == ["all", "fog_GP1"]
