"""The journal: complete results survive, and an incomplete or damaged end is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.engine.journal import FormatResult, FrameResult, Journal
from cityconv.engine.manifest import FileEntry

if TYPE_CHECKING:
    from pathlib import Path


def result(index: int, record: bytes = b"record") -> FrameResult:
    files = [FileEntry(f"{index}.png", 7, "ab" * 32)]
    return FrameResult(
        index,
        (12, 34 + index),
        "cd" * 32,
        5,
        [FormatResult(record, 3, [("hidden", "car", 1)], files)],
        image_digests=["9"],
    )


def write(path: Path, *results: FrameResult) -> None:
    with Journal(path, "plan") as journal:
        for item in results:
            journal.add(item)


def contents(path: Path, fingerprint: str = "plan") -> dict[int, FrameResult]:
    with Journal(path, fingerprint) as journal:
        return {index: journal[index] for index in journal}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_results_are_read_back(path: Path) -> None:
    write(path, result(3), result(0, b"x" * 100_000), result(7, b""))
    write(path, result(5))
    expected = [result(3), result(0, b"x" * 100_000), result(7, b""), result(5)]
    assert contents(path) == {item.index: item for item in expected}


def test_results_can_be_read_between_additions(path: Path) -> None:
    with Journal(path, "plan") as journal:
        journal.add(result(1, b"one"))
        assert journal[1] == result(1, b"one")
        journal.add(result(2, b"two"))
        assert [journal[1].format_results[0].record, journal[2].format_results[0].record] == [b"one", b"two"]


def test_a_result_is_added_at_the_end_after_an_earlier_one_was_read(path: Path) -> None:
    first, second, third = (result(index, bytes([index]) * 10) for index in range(3))
    with Journal(path, "plan") as journal:
        journal.add(first)
        journal.add(second)
        assert journal[0] == first
        journal.add(third)
    assert contents(path) == {0: first, 1: second, 2: third}


def test_a_journal_is_resumed_for_its_own_plan_only(path: Path) -> None:
    write(path, result(3))
    with Journal(path, "plan") as journal:
        assert journal.is_resumed
    with Journal(path, "other plan") as journal:
        assert not journal.is_resumed
        assert list(journal) == []
    assert contents(path) == {}


def test_a_new_journal_is_not_resumed(path: Path) -> None:
    with Journal(path, "plan") as journal:
        assert not journal.is_resumed
        assert 0 not in journal


def test_a_forgotten_result_can_be_added_again(path: Path) -> None:
    write(path, result(3, b"old"), result(4))
    with Journal(path, "plan") as journal:
        journal.forget(3)
        assert 3 not in journal
        journal.add(result(3, b"new"))
    assert contents(path) == {3: result(3, b"new"), 4: result(4)}


def test_a_journal_cut_at_any_byte_keeps_complete_results_and_accepts_more(path: Path) -> None:
    write(path)
    start = path.stat().st_size
    write(path, result(0))
    first = path.stat().st_size
    write(path, result(1))
    complete = path.read_bytes()
    for length in range(start, len(complete)):
        path.write_bytes(complete[:length])
        write(path, result(9))
        assert list(contents(path)) == ([9] if length < first else [0, 9]), f"cut after byte {length}"


def test_a_journal_cut_within_its_first_entry_is_started_over(path: Path) -> None:
    write(path)
    complete = path.read_bytes()
    for length in range(len(complete)):
        path.write_bytes(complete[:length])
        with Journal(path, "plan") as journal:
            assert not journal.is_resumed
        assert path.read_bytes() == complete


def test_a_damaged_result_at_the_end_is_cut_off(path: Path) -> None:
    write(path, result(0))
    first = path.stat().st_size
    write(path, result(1))
    complete = path.read_bytes()
    for offset in range(first, len(complete)):
        path.write_bytes(complete[:offset] + bytes([complete[offset] ^ 0x55]) + complete[offset + 1 :])
        assert contents(path) == {0: result(0)}, f"damaged at byte {offset}"
