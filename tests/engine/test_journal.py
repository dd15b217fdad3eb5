"""The journal: what was written is there again, what was torn off is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cityconv.engine.journal import FrameResult, Journal, FormatResult

if TYPE_CHECKING:
    from pathlib import Path


def result(number: int, record: bytes = b"record") -> FrameResult:
    return FrameResult(number, (12, 34 + number), 5, [FormatResult(record, 3, [("hidden", "car", 1)])])


def write(path: Path, *results: FrameResult) -> None:
    with Journal(path, "plan") as journal:
        for item in results:
            journal.add(item)


def contents(path: Path, fingerprint: str = "plan") -> dict[int, FrameResult]:
    with Journal(path, fingerprint) as journal:
        return {number: journal[number] for number in journal}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def test_results_are_there_again(path: Path) -> None:
    write(path, result(3), result(0, b"x" * 100_000), result(7, b""))
    write(path, result(5))
    expected = [result(3), result(0, b"x" * 100_000), result(7, b""), result(5)]
    assert contents(path) == {item.number: item for item in expected}


def test_results_can_be_read_while_others_are_added(path: Path) -> None:
    with Journal(path, "plan") as journal:
        journal.add(result(1, b"one"))
        assert journal[1] == result(1, b"one")
        journal.add(result(2, b"two"))
        assert [journal[1].outputs[0].record, journal[2].outputs[0].record] == [b"one", b"two"]


def test_a_journal_is_resumed_for_the_same_plan_alone(path: Path) -> None:
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


def test_what_is_forgotten_can_be_done_again(path: Path) -> None:
    write(path, result(3, b"old"), result(4))
    with Journal(path, "plan") as journal:
        journal.forget(3)
        assert 3 not in journal
        journal.add(result(3, b"new"))
    assert contents(path) == {3: result(3, b"new"), 4: result(4)}


def test_wherever_the_end_is_torn_off_whole_results_stay_and_more_can_be_added(path: Path) -> None:
    write(path)
    begin = path.stat().st_size
    write(path, result(0))
    first = path.stat().st_size
    write(path, result(1))
    whole = path.read_bytes()
    for length in range(begin, len(whole)):
        path.write_bytes(whole[:length])
        write(path, result(9))
        assert list(contents(path)) == ([9] if length < first else [0, 9]), f"torn after byte {length}"


def test_a_journal_torn_within_its_first_entry_is_begun_anew(path: Path) -> None:
    write(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with Journal(path, "plan") as journal:
            assert not journal.is_resumed
        assert path.read_bytes() == whole


def test_a_damaged_result_at_the_end_is_cut_off(path: Path) -> None:
    write(path, result(0))
    first = path.stat().st_size
    write(path, result(1))
    whole = path.read_bytes()
    for place in range(first, len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        assert contents(path) == {0: result(0)}, f"damaged at byte {place}"
