"""Splits of a user's own: what a file of them says, and what is refused."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from cityconv.errors import UsageError
from cityconv.source.layout import find_frames
from cityconv.source.splits import apply_splits, parse_splits, read_splits
from tests.builders import street, write_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from cityconv.source.frame import Frame

SIZES = {"train/aachen": 8, "train/bremen": 4, "train/ulm": 8, "val/munster": 5, "test/bonn": 2}
REST = 'val = {of = "val"}\ntest = {of = "test"}\n'


@pytest.fixture
def frames(tmp_path: Path) -> list[Frame]:
    scenes = {
        f"{folder}/{folder.partition('/')[2]}_{number:06d}_000019": street()
        for folder, size in SIZES.items()
        for number in range(size)
    }
    return find_frames(write_dataset(tmp_path, scenes))


def divide(folder: Path, frames: list[Frame], content: str) -> list[Frame]:
    (folder / "splits.toml").write_text(content)
    return apply_splits(frames, read_splits(folder / "splits.toml"))


def counts(frames: list[Frame]) -> dict[str, dict[str, int]]:
    """Return the number of frames of each split and city."""
    found: dict[str, Counter[str]] = {}
    for frame in frames:
        found.setdefault(frame.split, Counter())[frame.city] += 1
    return {split: dict(cities) for split, cities in found.items()}


def test_splits_of_cities_frames_and_whole_splits(tmp_path: Path, frames: list[Frame]) -> None:
    (tmp_path / "list.txt").write_text("bonn_000001_000019\nulm/ulm_000003_000019\n")
    content = f"""
        seen = {{cities = ["aachen", "munster"]}}
        few = {{frames = ["bremen_000000_000019", "bonn_000000_000019"]}}
        listed = {{frames = "{tmp_path}/list.txt"}}
        train = {{of = ["train", "val"]}}
    """
    divided = divide(tmp_path, frames, content)
    assert counts(divided) == {
        "few": {"bonn": 1, "bremen": 1},
        "listed": {"bonn": 1, "ulm": 1},
        "seen": {"aachen": 8, "munster": 5},
        "train": {"bremen": 3, "ulm": 7},
    }
    assert divided == sorted(divided)
    assert sorted(frame.key for frame in divided) == sorted(frame.key for frame in frames)


def test_shares_of_frames_have_exact_sizes_and_the_rest_has_the_others(tmp_path: Path, frames: list[Frame]) -> None:
    shares = 'a = {of = "train", share = 0.1}\nb = {of = "train", share = 0.25, seed = 3}\ntrain = {of = "train"}\n'
    divided = divide(tmp_path, frames, shares + REST)
    assert Counter(frame.split for frame in divided) == {"a": 2, "b": 5, "train": 13, "val": 5, "test": 2}
    again = divide(tmp_path, frames, shares + REST)
    assert divided == again
    other = divide(tmp_path, frames, shares.replace("0.1", "0.1, seed = 5") + REST)
    assert [frame.name for frame in other[:2]] != [frame.name for frame in divided[:2]]


@pytest.mark.parametrize("shares", [(0.7, 0.2, 0.1), (0.1, 0.2, 0.7), (0.33, 0.33, 0.34), (0.95, 0.05)])
@pytest.mark.parametrize("by", ["frame", "city"])
def test_shares_that_sum_to_1_forget_no_frame(
    shares: tuple[float, ...], by: str, tmp_path: Path, frames: list[Frame]
) -> None:
    lines = [f'part{index} = {{of = "train", share = {share}, by = "frame"}}' for index, share in enumerate(shares)]
    lines[-1] = lines[-1].replace("frame", by)
    divided = divide(tmp_path, frames, "\n".join([*lines, REST]))
    assert len(divided) == len(frames)
    if by == "frame":
        sizes = Counter(frame.split for frame in divided)
        assert all(abs(sizes[f"part{index}"] - 20 * share) < 1 for index, share in enumerate(shares))


@pytest.mark.parametrize("seed", range(4))
def test_a_share_by_city_takes_whole_cities(seed: int, tmp_path: Path, frames: list[Frame]) -> None:
    content = f'mine = {{of = "train", share = 0.3, by = "city", seed = {seed}}}\nrest = {{of = "train"}}\n'
    divided = counts(divide(tmp_path, frames, content + REST))
    assert not divided["mine"].keys() & divided["rest"].keys()
    assert sum(divided["mine"].values()) in (4, 8)


def test_a_share_is_drawn_from_what_lists_leave(tmp_path: Path, frames: list[Frame]) -> None:
    content = 'half = {of = "train", share = 0.5}\nulm = {cities = ["ulm"]}\ntrain = {of = "train"}\n'
    divided = divide(tmp_path, frames, content + REST)
    sizes = Counter(frame.split for frame in divided)
    assert (sizes["half"], sizes["train"], sizes["ulm"]) == (6, 6, 8)


def test_frames_that_no_split_names_are_left_out_if_the_file_says_so(tmp_path: Path, frames: list[Frame]) -> None:
    divided = divide(tmp_path, frames, 'unlisted = "drop"\nmine = {cities = ["munster"], of = "val"}\n')
    assert counts(divided) == {"mine": {"munster": 5}}


def test_the_recorded_content_gives_the_same_splits_without_the_files(tmp_path: Path, frames: list[Frame]) -> None:
    (tmp_path / "list.txt").write_text("bonn_000001_000019\n")
    content = f'a = {{frames = "{tmp_path}/list.txt"}}\nb = {{of = "train", share = 0.4}}\nunlisted = "drop"\n'
    divided = divide(tmp_path, frames, content)
    recorded = read_splits(tmp_path / "splits.toml").content()
    assert str(tmp_path) not in str(recorded)
    (tmp_path / "list.txt").unlink()
    assert apply_splits(frames, parse_splits(recorded, "cityconv.json")) == divided


REFUSED = {
    "bad TOML": ("val = {", "Invalid|Unclosed|Expected"),
    "no splits": ("", "no splits"),
    "a name that is a path": ('"a/b" = {of = "train"}', "'a/b' cannot name a split"),
    "not a table": ("val = 3", "Expected `object`, got `int` - at `val`"),
    "an unknown key": ('val = {off = "train"}', "unknown key - at `val.off`"),
    "another type": ('val = {of = "train", share = "half"}', "Expected `float.*`, got `str` - at `val.share`"),
    "a share of 0": ('val = {of = "train", share = 0}', "Expected `float` > 0.* - at `val.share`"),
    "a share above 1": ('val = {of = "train", share = 1.5}', "Expected `float` <= 1.* - at `val.share`"),
    "an unknown unit": ('val = {of = "train", share = 0.5, by = "town"}', "unknown value 'town' - at `val.by`"),
    "nothing named": ("val = {}", "needs of, cities or frames - at `val`"),
    "a share of nothing": ("val = {share = 0.1}", "needs of, cities or frames - at `val`"),
    "frames of a split": ('val = {frames = ["x"], of = "val"}', "frames cannot be combined with other keys - at `val`"),
    "a share of cities": (
        'val = {cities = ["ulm"], share = 0.1}',
        "cities cannot be combined with share, by or seed - at `val`",
    ),
    "a seed of a whole": ('val = {of = "train", seed = 1}', "by and seed need share - at `val`"),
    "an unknown policy": ('unlisted = "keep"', 'expected "fail" or "drop" - at `unlisted`'),
    "an unknown split": ('val = {of = "trian"}', "no split named 'trian' - at `val.of`"),
    "an unknown city": ('val = {cities = ["aachen", "ulmm"]}', "no city named 'ulmm' - at `val.cities`"),
    "a city of another split": ('val = {cities = ["ulm"], of = "val"}', "no city named 'ulm' - at `val.cities`"),
    "an unknown frame": ('val = {frames = ["ulm"]}', r"no frame is called 'ulm' - at `val.frames\[0\]`"),
    "a missing list": ('val = {frames = "nowhere.txt"}', "nowhere.txt: no such file"),
    "no path of a list": ('val = {frames = ""}', "expected names of frames, or a file of these - at `val.frames`"),
    "a frame in two splits": (
        'a = {cities = ["ulm"]}\nb = {frames = ["ulm_000002_000019"]}',
        "ulm_000002_000019_gtFine_polygons.json is in a and in b - at `b`",
    ),
    "shares above 1": (
        'a = {of = "train", share = 0.7}\nb = {of = "train", share = 0.5}',
        "the shares of train are more than 1: 1.2 - at `b.share`",
    ),
    "two rests": ('a = {of = "train"}\nb = {of = "train"}', "a and b both take the rest - at `b`"),
    "two pools": (
        'a = {of = ["train", "val"], share = 0.5}\nb = {of = "train"}',
        "a and b both take frames of train - at `b.of`",
    ),
    "no frames left": ('a = {cities = ["munster"]}\nb = {of = "val"}', "no frames for split 'b' - at `b`"),
    "a share of no frame": ('a = {of = "test", share = 0.1}\nb = {of = "test"}', "no frames for split 'a' - at `a`"),
    "forgotten frames": ('a = {of = "train"}', "frames in no split: 2 of test, 5 of val"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_named_with_its_place(
    content: str, message: str, tmp_path: Path, frames: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=message) as caught:
        divide(tmp_path, frames, content)
    assert str(caught.value).startswith(("nowhere.txt: ", f"{tmp_path / 'splits.toml'}: "))


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ('val = {of = "trian"}', "did you mean 'train'?"),
        ('val = {city = ["ulm"]}', "did you mean 'cities'?"),
        ('val = {of = "train", share = 0.5, by = "citty"}', "did you mean 'city'?"),
        ('val = {cities = ["ulmm"]}', "did you mean 'ulm'?"),
        ('val = {of = "x"}', "available: test, train, val"),
        ('a = {of = "train"}', 'unlisted = "drop" leaves them out'),
    ],
)
def test_a_hint_says_what_may_be_meant(content: str, hint: str, tmp_path: Path, frames: list[Frame]) -> None:
    with pytest.raises(UsageError) as caught:
        divide(tmp_path, frames, content)
    assert caught.value.hint == hint
