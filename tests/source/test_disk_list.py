"""Lists on disk: they hold what lists hold, in the same order, and take no memory for each item."""

from __future__ import annotations

import os
import pickle
import tempfile
import tracemalloc
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pytest

from cityconv.errors import OutputError
from cityconv.source.disk_list import DiskList, sort_on_disk

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (0, 1, 255, 256, 257, 1000, 35_000)  # around a block, and around what is sorted in memory


def items(number: int) -> list[tuple[int, str]]:
    """Return items that are not sorted, with names that are no valid UTF-8."""
    return [(index * 7919 % 1009, os.fsdecode(b"\xff%d" % index)) for index in range(number)]


@pytest.mark.parametrize("size", SIZES)
def test_a_list_on_disk_holds_the_items_in_their_order(size: int) -> None:
    expected = items(size)
    found = DiskList(iter(expected))
    assert (len(found), bool(found), list(found)) == (size, bool(expected), expected)
    places = range(-size, size, 97)
    assert [found[place] for place in places] == [expected[place] for place in places]
    assert found[1:-1:3] == expected[1:-1:3]
    with pytest.raises(IndexError):
        found[size]


@pytest.mark.parametrize("key", [None, itemgetter(0)])
@pytest.mark.parametrize("size", SIZES)
def test_items_are_sorted_as_in_memory(size: int, key: Any) -> None:
    assert list(sort_on_disk(iter(items(size)), key)) == sorted(items(size), key=key)


def test_two_loops_over_a_list_do_not_disturb_each_other() -> None:
    found = DiskList(range(1000))
    assert [(one, other) for one, other in zip(found, reversed(found), strict=True)][300] == (300, 699)


def test_a_forked_process_reads_the_same_list() -> None:
    found = DiskList(range(5000))
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.write(write, str(sum(found)).encode())
        os._exit(0)
    assert sum(found) == sum(range(5000))
    os.waitpid(child, 0)
    assert int(os.read(read, 100)) == sum(range(5000))
    os.close(read)
    os.close(write)


def test_a_spawned_process_gets_a_copy() -> None:
    assert list(pickle.loads(pickle.dumps(DiskList(items(1000))))) == items(1000)


def test_nothing_is_left_in_the_folder_of_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = DiskList(range(1000))
    assert list(tmp_path.iterdir()) == []
    assert len(found) == 1000


def test_a_folder_of_temporary_files_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(OutputError, match="gone: no such file or directory") as caught:
        DiskList(range(1000))
    assert "TMPDIR" in caught.value.hint


def _peak(make: Any, number: int) -> int:
    tracemalloc.start()
    kept = make(str(index) * 20 for index in range(number))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept) == number
    return peak


@pytest.mark.parametrize("make", [DiskList, sort_on_disk])
def test_a_longer_list_takes_no_more_memory(make: Any) -> None:
    assert _peak(make, 80_000) < _peak(make, 40_000) + 500_000  # where a list takes 5,000,000 more
