"""Lists of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.source.frame_names import pick_frames, read_frame_names
from cityconv.source.layout import find_frames
from tests.builders import SCENES, street, write_dataset

if TYPE_CHECKING:
    from pathlib import Path


def pick(folder: Path, content: bytes) -> list[str]:
    """Return the frames that a list of this content names, as paths."""
    (folder / "list.txt").write_bytes(content)
    frames = find_frames(folder)
    return ["/".join(frame.key) for frame in pick_frames(frames, read_frame_names(folder / "list.txt"))]


@pytest.mark.parametrize(
    "content",
    [
        b"ulm_000000_000019\nmunster_000000_000019\n",
        b"munster/munster_000000_000019\ntrain/ulm/ulm_000000_000019",
        b"\xef\xbb\xbfulm_000000_000019\r\n\r\n  munster_000000_000019 \r\nulm_000000_000019\r\n",
    ],
)
def test_a_line_is_a_name_and_may_have_city_and_split_in_front(content: bytes, tmp_path: Path) -> None:
    write_dataset(tmp_path, SCENES)
    assert pick(tmp_path, content) == ["train/ulm/ulm_000000_000019", "val/munster/munster_000000_000019"]


def test_an_unknown_name_is_named_with_its_line_and_one_it_resembles(tmp_path: Path) -> None:
    write_dataset(tmp_path, SCENES)
    with pytest.raises(UsageError, match=r"list.txt: no frame is called 'ulm_000000_00019' - at line 3$") as caught:
        pick(tmp_path, b"ulm_000000_000019\n\nulm_000000_00019\n")
    assert caught.value.hint == "did you mean 'ulm_000000_000019'?"


def test_a_name_that_several_frames_have_needs_its_folders(tmp_path: Path) -> None:
    write_dataset(tmp_path, {"train/a/x": street(), "train/b/x": street()})
    with pytest.raises(UsageError, match=r"2 frames are called 'x' - at line 1") as caught:
        pick(tmp_path, b"x\n")
    assert caught.value.hint == "write the split and the city too, such as train/a/x, train/b/x"
    assert pick(tmp_path, b"b/x\n") == ["train/b/x"]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "no frame names"), (b" \n\n", "no frame names"), (b"a\n\xff\n", "not UTF-8 text: .* - at line 2")],
)
def test_a_list_that_is_none_is_an_error(content: bytes, message: str, tmp_path: Path) -> None:
    write_dataset(tmp_path, SCENES)
    with pytest.raises(UsageError, match=f"list.txt: {message}"):
        pick(tmp_path, content)


def test_a_list_that_is_missing_or_endless_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.txt: no such file"):
        read_frame_names(tmp_path / "none.txt")
    (tmp_path / "endless.txt").symlink_to("/dev/zero")
    with pytest.raises(UsageError, match=r"endless\.txt: more than 16,777,216 bytes"):
        read_frame_names(tmp_path / "endless.txt")
