"""What is read of an output: regular files below its folder, of a size that follows from the data set."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cityconv.check.allowance import ExhaustedError, MaskAllowance
from cityconv.check.expected_files import list_files
from cityconv.check.findings import Finding, abridge
from cityconv.check.reading import DamagedError, decode_json, decode_text, read_bytes, read_dataset_file, text_lines
from cityconv.errors import one_line
from cityconv.source.limits import limits


def test_a_regular_file_is_read_also_through_a_link_in_the_output(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert read_bytes(tmp_path, tmp_path / "file", 3) == read_bytes(tmp_path, tmp_path / "link", 3) == b"abc"
    with pytest.raises(DamagedError, match=r"more than 2 bytes \(CITYCONV_MAX_RECORD_BYTES\)"):
        read_bytes(tmp_path, tmp_path / "file", 2, "record_bytes")


def test_a_file_about_images_may_have_so_many_bytes_for_each_and_as_many_besides(tmp_path: Path) -> None:
    path = tmp_path / "file"
    most = limits().record_bytes * 3
    with path.open("wb") as file:
        file.truncate(most)
    assert len(read_dataset_file(tmp_path, path, images=2)) == most
    os.truncate(path, most + 1)
    with pytest.raises(DamagedError, match=rf"more than {most:,} bytes \(CITYCONV_MAX_RECORD_BYTES\)"):
        read_dataset_file(tmp_path, path, images=2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.symlink_to("/etc/passwd"), "leaves the output"),
        (lambda path: path.symlink_to("/proc/self/mem"), "leaves the output"),
        (lambda path: path.symlink_to("nowhere"), "a link to nothing"),
        (os.mkfifo, "not a regular file"),
        (os.mkdir, "directory|not a regular file"),
    ],
    ids=["a file of the system", "proc", "nothing", "a pipe", "a folder"],
)
def test_nothing_else_is_read(make: object, message: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert callable(make)
    make(tmp_path / "out/file")
    with pytest.raises(DamagedError, match=message) as caught:
        read_bytes(tmp_path / "out", tmp_path / "out/file", 9)
    assert caught.value.kind == "unreadable"


@pytest.mark.parametrize("name", ["../file", "/etc/passwd", "a\0b", "x" * 300_000])
def test_a_name_that_leaves_the_output_is_not_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(DamagedError):
        read_bytes(tmp_path / "out", tmp_path / "out" / name, 9)


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").touch()
    (tmp_path / "a/link").symlink_to("/")
    (tmp_path / "linked").symlink_to("a")
    assert sorted(list_files(tmp_path)) == ["a/b/file", "a/link", "linked"]
    assert sorted(list_files(tmp_path, depth=0)) == ["a", "linked"]
    assert list(list_files(tmp_path, "linked")) == ["linked"]
    assert list(list_files(tmp_path, "nowhere")) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": [{"b": 1, "b": 1}]}', "key 'b' is duplicated"),
        (b'{"b": 1, "\\u0062": 2}', "key 'b' is duplicated"),
        (b"9" * 5_000, "a number of too many digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"[]," * 1_100_000 + b"[]]", "more than 1,005,000 lists and objects"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"\xff", "not UTF-8"),
        (b"", "not JSON: Expecting value"),
    ],
    ids=[
        "a duplicate",
        "a duplicate in other letters",
        "digits",
        "nesting",
        "many lists",
        "a mark",
        "bytes",
        "nothing",
    ],
)
def test_bad_json_is_an_error(content: bytes, message: str) -> None:
    with pytest.raises(DamagedError, match=message):
        decode_json(content, images=1)


def test_lines_end_only_where_editors_see_an_end() -> None:
    assert text_lines("") == []
    assert text_lines("a\nb\r\nc") == ["a", "b", "c"]
    assert text_lines("a\u2028b\x0cc\n") == ["a\u2028b\x0cc"]
    assert text_lines("\n") == [""]
    with pytest.raises(DamagedError):
        decode_text(b"\xe9")


def test_masks_may_take_a_multiple_of_the_image() -> None:
    allowance = MaskAllowance(1024, 2048)
    allowance.take(99 * 1024 * 2048)
    allowance.take_outline(1024)
    with pytest.raises(ExhaustedError, match=r"more than 209,715,200 pixels \(CITYCONV_MAX_COVERAGE\)"):
        allowance.take(1024 * 2048)


def test_findings_are_cut_and_escaped() -> None:
    finding = Finding("value", "\x1b[2J" * 1_000, "x" * 10_000_000, "\u202e")
    assert len(finding.message) <= 2_000
    assert len(str(finding)) <= 2_000
    assert str(finding).isprintable()
    assert one_line("a\nb") == "a\\nb"


def test_many_findings_are_abridged() -> None:
    made = 0

    def findings() -> object:
        nonlocal made
        for made in range(1, 100):
            yield Finding("extra", "file", str(made))

    shown = list(abridge(findings(), most=3))  # type: ignore[arg-type]
    assert [finding.message for finding in shown] == ["1", "2", "3", "more than 3 findings; the others are left out"]
    assert made == 4
