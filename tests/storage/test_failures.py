"""Stores that fail, deny or change what is read: survived, or one line, and nothing that looks complete."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from cityconv.source.files import File
from cityconv.source.frame import Frame
from cityconv.source.limits import Limits
from cityconv.storage.objects import delete_objects
from cityconv.storage.stores import _open
from cityconv.storage.url import url_of
from tests.builders import SCENES, annotation_path, street, tree_of, write_annotation, write_dataset, zip_folder
from tests.commands import run_inline
from tests.storage.server import SECRETS, put

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.storage.server import Fault, Server

FRAMES = len(SCENES)
FIRST = sorted(SCENES)[0]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def expected(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("expected") / "out"
    assert run_inline("coco", source, "-o", out).status == 0
    return tree_of(out)


@pytest.fixture
def url(source: Path, server: Server, bucket: str) -> str:
    return server.put(source, f"{bucket}/set")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def refused(out: Path, *arguments: str, status: int = 1) -> str:
    """Run a conversion that fails with one line and perhaps a hint or a sum, and return the line."""
    done = run_inline("coco", *arguments, "-o", out, "-q")
    assert (done.status, done.out) == (status, "")
    line, *more = done.err.splitlines()
    assert len(more) <= 1
    assert all(text.startswith("hint: ") or text == "1 of 5 frames are bad; nothing was written" for text in more)
    assert not (out / "cityconv.json").exists()
    return line


@pytest.mark.parametrize("fault", ["503", "reset", "cut"])
def test_faults_that_pass_are_survived(
    fault: Fault, url: str, expected: dict[str, bytes], server: Server, out: Path
) -> None:
    server.faults.extend([fault] * 3)  # in the first listing, and its repetitions
    assert run_inline("coco", url, "-o", out, "-q") == (0, "", "")
    assert tree_of(out) == expected
    server.faults.extend([fault, "none", fault, fault, "none", fault] * 2)
    assert run_inline("coco", url, "-o", out, "-q", "--overwrite") == (0, "", "")
    assert tree_of(out) == expected


def test_worker_processes_survive_faults_and_are_not_forked_though_the_program_chose_so(
    source: Path, expected: dict[str, bytes], server: Server, bucket: str, out: Path, tmp_path: Path
) -> None:
    url = server.put(zip_folder(source, tmp_path / "set.zip"), f"{bucket}/set.zip")
    server.faults.extend(["503", "reset", "none", "cut", "none", "cut", "503", "none", "reset", "none", "cut"])
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, cityconv\n"
        "multiprocessing.set_start_method('fork')\n"  # without a guard, which workers that run it again would need
        f"cityconv.coco({url!r}, {str(out)!r}, jobs=2)\n"
    )
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert tree_of(out) == expected
    assert not server.faults


def test_a_store_that_keeps_failing_ends_the_run_and_resume_goes_on(
    url: str, expected: dict[str, bytes], server: Server, out: Path
) -> None:
    name = sorted(SCENES)[3]
    server.answer = lambda _, path: "503 Slow Down" if name in path else None
    line = refused(out, url, "--on-error", "skip")  # a store that fails makes no frame bad
    assert line == f"error: {url}/gtFine/{name}_gtFine_polygons.json: the store answers 503 Service Unavailable"
    server.clear()
    done = run_inline("coco", url, "-o", out, "--resume", "-q")
    assert (done.status, tree_of(out)) == (0, expected)
    assert len(server.reads) == FRAMES - 3


def test_ctrl_c_ends_a_run_that_waits_for_an_answer(url: str, server: Server, out: Path) -> None:
    end = threading.Event()

    def interrupt(_: str, path: str) -> None:
        if FIRST in path:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)  # as the system chooses it
            end.wait(60)

    server.answer = interrupt
    start = time.monotonic()
    done = run_inline("coco", url, "-o", out, "-q")
    assert (done.status, done.err) == (130, "interrupted; --resume continues\n")
    assert time.monotonic() - start < 20  # obstore would wait for 60 s
    end.set()


@pytest.mark.parametrize("key", ["set", "set.zip"])
def test_a_bucket_that_does_not_exist(key: str, server: Server, out: Path) -> None:
    assert refused(out, f"s3://no-such-bucket/{key}") == f"error: s3://no-such-bucket/{key}: there is no such bucket"


@pytest.mark.parametrize("key", ["nothing", "nothing.zip", "nothing.json"])
def test_nothing_there(key: str, bucket: str, out: Path) -> None:
    assert refused(out, f"{bucket}/{key}", status=2) == f"error: {bucket}/{key}: no such file or folder"


@pytest.mark.parametrize("what", ["list", "read"])
def test_denied_access(what: str, url: str, server: Server, out: Path) -> None:
    server.answer = lambda _, path: "403 Forbidden" if path.endswith(".json") or what == "list" else None
    line = refused(out, url)
    assert line.endswith("the store denies access")
    assert line.startswith(f"error: {url}" if what == "list" else f"error: {url}/gtFine/{FIRST}_gtFine_polygons.json")


def test_a_server_that_cannot_be_reached_is_given_up_within_seconds(
    server: Server, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    start = time.monotonic()
    assert refused(out, "s3://unreachable/set") == "error: s3://unreachable/set: the store cannot be reached"
    assert time.monotonic() - start < 30


def test_a_zip_that_is_none(server: Server, bucket: str, out: Path, tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("text", b"no zip"), ("cut", b"PK\3\4" + bytes(100_000))):
        url = server.put(write_annotation(tmp_path / name, content), f"{bucket}/{name}.zip")
        assert refused(out, url) == f"error: {url}: File is not a zip file"


def test_a_damaged_member_is_named(source: Path, memory: str, out: Path, tmp_path: Path) -> None:
    archive = zip_folder(source, tmp_path / "set.zip")
    content = bytearray(archive.read_bytes())
    start = content.index(f"{FIRST}_gtFine_polygons.json".encode())
    content[start + 80 : start + 90] = bytes(10)
    archive.write_bytes(content)
    url = put(archive, f"{memory}/set.zip")
    line = refused(out, url)
    assert line.startswith(f"error: {url}/gtFine/{FIRST}_gtFine_polygons.json: ")


def test_a_zip_that_has_lost_bytes_is_as_bad_as_on_disk(source: Path, memory: str, out: Path, tmp_path: Path) -> None:
    content = zip_folder(source, tmp_path / "whole.zip").read_bytes()
    archive = write_annotation(tmp_path / "set.zip", content[:300] + content[600:])
    url = put(archive, f"{memory}/set.zip")
    in_store, on_disk = (run_inline("coco", place, "-o", out) for place in (url, archive))
    assert in_store.err == on_disk.err.replace(str(archive), url)
    assert "set.zip/gtFine/test/bonn/bonn_000000_000019_gtFine_polygons.json: invalid argument" in in_store.err


def test_an_annotation_over_the_limit_is_a_bad_frame(url: str, out: Path) -> None:
    with patch("cityconv.source.limits.limits", lambda: Limits(annotation_bytes=1)):
        done = run_inline("coco", url, "-o", out)
    assert done.status == 1
    assert "bytes, more than the limit of 1 (CITYCONV_MAX_ANNOTATION_BYTES)" in done.err


class TestChanges:
    """What is changed, replaced or deleted while it is read, or between runs."""

    @pytest.fixture
    def place(self, source: Path, memory: str) -> str:
        return put(source, f"{memory}/set")

    def change(self, place: str, tmp_path: Path) -> None:
        annotation = write_annotation(tmp_path / "changed.json", street(9))
        put(annotation, f"{place}/gtFine/{FIRST}_gtFine_polygons.json")

    def during(self, work: Callable[[], object], number: int) -> AbstractContextManager[object]:
        """Do something when the frame of this number is read."""
        read = Frame.read
        frames: list[Frame] = []

        def reading(frame: Frame) -> bytes:
            frames.append(frame)
            if len(frames) == number:
                work()
            return read(frame)

        return patch.object(Frame, "read", reading)

    @pytest.mark.parametrize("number", [1, 3])
    def test_an_object_that_changes_during_the_run(self, number: int, place: str, out: Path, tmp_path: Path) -> None:
        with self.during(lambda: self.change(place, tmp_path), number):
            line = refused(out, place)
        assert line == f"error: {place}/gtFine/{FIRST}_gtFine_polygons.json: changed during the run"
        done = run_inline("coco", place, "-o", out, "--resume")
        assert done.status == 0
        assert "frames converted again because their annotation files changed: 1" in done.err

    def test_an_object_that_is_deleted_during_the_run(self, place: str, out: Path) -> None:
        gone = url_of(f"{place}/gtFine/{FIRST}_gtFine_polygons.json")
        with self.during(lambda: delete_objects([gone]), 1):
            assert refused(out, place) == f"error: {gone}: no such file or directory"

    def test_a_deleted_object_is_not_skipped_as_a_bad_frame(self, place: str, out: Path) -> None:
        gone = url_of(f"{place}/gtFine/{FIRST}_gtFine_polygons.json")
        with self.during(lambda: delete_objects([gone]), 1):
            assert refused(out, place, "--on-error", "skip") == f"error: {gone}: changed during the run"

    @pytest.mark.parametrize("number", [1, 3])
    def test_a_zip_that_is_replaced_during_the_run(
        self, number: int, source: Path, memory: str, out: Path, tmp_path: Path
    ) -> None:
        url = put(zip_folder(source, tmp_path / "set.zip"), f"{memory}/set.zip")
        other = write_dataset(tmp_path / "other", {name: street(11) for name in SCENES})
        replacement = zip_folder(other, tmp_path / "other.zip")
        with self.during(lambda: put(replacement, url), number):
            assert "changed" in refused(out, url)
        assert run_inline("coco", url, "-o", out, "--resume", "-q").status == 0
        assert run_inline("coco", replacement, "-o", tmp_path / "expected", "-q").status == 0
        assert tree_of(out) == tree_of(tmp_path / "expected")

    def test_a_process_that_has_read_a_zip_reads_another_in_its_place(
        self, source: Path, memory: str, tmp_path: Path
    ) -> None:
        url = put(zip_folder(source, tmp_path / "set.zip"), f"{memory}/set.zip")
        name = f"gtFine/{FIRST}_gtFine_polygons.json"
        assert File(name, url).read() == annotation_path(source, FIRST).read_bytes()
        other = write_dataset(tmp_path / "other", {f"a/b/{'longer' * 20}": street(11), FIRST: street(11)})
        put(zip_folder(other, tmp_path / "other.zip"), url)
        assert File(name, url).read() == annotation_path(other, FIRST).read_bytes()

    def test_update_converts_what_has_changed(self, place: str, source: Path, out: Path, tmp_path: Path) -> None:
        assert run_inline("coco", place, "-o", out).status == 0
        self.change(place, tmp_path)
        done = run_inline("coco", place, "-o", out, "--update")
        assert "frames unchanged since the earlier output: 4 of 5" in done.err

    def test_a_later_run_in_the_same_process_lists_again(self, place: str, source: Path, tmp_path: Path) -> None:
        first = run_inline("stats", place)
        put(annotation_path(source, FIRST), f"{place}/gtFine/train/ulm/ulm_000009_000009_gtFine_polygons.json")
        assert "6 frames" in run_inline("stats", place).err
        assert "5 frames" in first.err


WRONG = {
    "AWS_ENDPOINT_URL": ("localhost:9000", "ftp://host", "http://", "http://host:port", "http://host:9000 "),
    "AWS_ACCESS_KEY_ID": ("bad\nkey",),
    "AWS_SESSION_TOKEN": ("bad\x7ftoken",),
    "AWS_SKIP_SIGNATURE": ("maybe",),
    "AZURE_STORAGE_ENDPOINT": ("localhost:10000",),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_variable_that_cannot_be_right_is_named(
    name: str, value: str, server: Server, out: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    _open.cache_clear()
    monkeypatch.setenv(name, value)
    root = "az://container" if name.startswith("AZURE") else "s3://wrong"
    assert refused(out, f"{root}/set", status=2).startswith(f"error: {root}: {name}")
    assert capfd.readouterr().err == ""  # where obstore writes when it panics


@pytest.mark.parametrize("root", ["s3://missing", "az://missing"])
def test_a_variable_that_is_missing_is_named(
    root: str, server: Server, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {"s3": "AWS_ACCESS_KEY_ID", "az": "AZURE_STORAGE_ACCOUNT_NAME"}[root[:2]]
    monkeypatch.setenv(name, "")
    assert refused(out, f"{root}/set", status=2) == f"error: {root}: {name} is not set"
    assert os.environ[name] == ""


def test_an_empty_variable_is_not_set(
    url: str, expected: dict[str, bytes], out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_SKIP_SIGNATURE", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.setenv(name, "")
    _open.cache_clear()
    assert run_inline("coco", url, "-o", out, "-q") == (0, "", "")
    assert tree_of(out) == expected


def test_a_panic_of_obstore_is_an_error_in_one_line(out: Path) -> None:
    panic = type("PanicException", (BaseException,), {})("request valid: InvalidUri")
    with patch("obstore.store.MemoryStore.list", side_effect=panic):
        line = refused(out, "memory://panic/set")
    assert line == "error: memory://panic/set: internal error of obstore: request valid: InvalidUri"


@pytest.mark.parametrize("fails", [False, True])
def test_credentials_are_written_nowhere(fails: bool, url: str, server: Server, out: Path, tmp_path: Path) -> None:
    if fails:
        server.answer = lambda _, path: "400 Bad Request" if sorted(SCENES)[3] in path else None
    report = ("--report", tmp_path / "report.json", "-v")
    done = run_inline("coco", url, "-o", out, *report, AWS_SESSION_TOKEN="tokenthatnobodyknows")
    assert done.status == fails
    written = b"".join(tree_of(tmp_path).values()) + done.out.encode() + done.err.encode()
    assert written.count(url.encode()) > 0
    for secret in (*SECRETS.values(), "tokenthatnobodyknows", server.endpoint):
        assert secret.encode() not in written


def test_a_url_with_credentials_is_refused_without_them(out: Path) -> None:
    line = refused(out, "s3://key:secret@bucket/set", status=2)
    assert "secret" not in line
