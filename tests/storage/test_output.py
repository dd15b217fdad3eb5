"""Outputs in object stores: the same bytes as in a folder, whatever was there before and whenever a run ends."""

from __future__ import annotations

import locale
import signal
import subprocess
import sys
from itertools import count
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.request import Request, urlopen

import pytest

from cityconv.engine import store_output
from cityconv.engine.download import download
from cityconv.source.limits import Limits
from cityconv.storage.objects import delete_objects, list_objects, read_object, write_object
from cityconv.storage.url import StoreUrl, url_of
from tests.builders import SCENES, annotation_path, street, tree_of, write_annotation, write_dataset, write_images
from tests.commands import Outcome, environment, run_inline
from tests.storage.server import SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.storage.server import Fault, Server

_numbers = count()
RECIPE = """
[outputs.coco]
[outputs.maps]
format = "labelmap"
kind = ["labelIds", "masks"]
"""


class Case:
    """A data set, a folder for expected outputs, and the URL of one that no other test has."""

    def __init__(self, folder: Path, bucket: str) -> None:
        self.folder = folder
        self.source = write_dataset(folder / "src")
        self.url = url_of(f"{bucket}/out")
        (folder / "recipe.toml").write_text(f'source = "{self.source}"\nout = "elsewhere"\n{RECIPE}')

    def run(self, *arguments: str | Path, machine: str = "this") -> Outcome:
        return run_inline(*arguments, "-q", CITYCONV_STAGING=str(self.folder / machine))

    def convert(self, command: str, *options: str, machine: str = "this") -> Outcome:
        source = self.folder / "recipe.toml" if command == "run" else self.source
        return self.run(command, source, "-o", str(self.url), *options, machine=machine)

    def expected(self, *commands: tuple[str, ...]) -> dict[str, bytes]:
        """Return what commands write to a folder, one after the other."""
        out = self.folder / f"expected-{next(_numbers)}"
        for command, *options in commands:
            source = self.folder / "recipe.toml" if command == "run" else self.source
            done = run_inline(command, source, "-o", out, "-q", *options)
            assert done.status == 0, done.err
        return tree_of(out)

    def tree(self) -> dict[str, bytes]:
        start = len(f"{self.url.key}/")
        return {item.url.key[start:]: read_object(item.url) for item in list_objects(self.url)}

    def left(self, machine: str = "this") -> list[str]:
        """Return what is left on a machine."""
        folder = self.folder / machine
        return [path.name for path in folder.rglob("*")] if folder.exists() else []


@pytest.fixture
def case(tmp_path: Path, memory: str) -> Case:
    return Case(tmp_path, memory)


@pytest.fixture
def stored(tmp_path: Path, bucket: str) -> Case:
    """A case on a server."""
    return Case(tmp_path, bucket)


@pytest.mark.parametrize("command", ["coco", "panoptic", "yolo", "voc", "csv", "labelmap", "cityscapes", "run"])
def test_the_bytes_are_those_of_a_folder(case: Case, command: str) -> None:
    assert case.convert(command) == (0, "", "")
    assert case.tree() == case.expected((command,))
    assert case.left() == []


def test_images_are_copied(case: Case) -> None:
    write_images(case.source, *SCENES)
    assert case.convert("yolo", "--images", "symlink") == (
        2, "", "error: --images symlink: a store has no links\nhint: --images copy\n",
    )  # fmt: skip
    assert case.convert("yolo", "--images", "copy").status == 0
    assert case.tree() == case.expected(("yolo", "--images", "copy"))


def test_what_exists_is_not_replaced_without_overwrite(case: Case) -> None:
    file = case.url / "annotations/instances_val.json"
    write_object(file, b"mine")
    assert case.convert("coco").err == f"error: {file}: already exists\nhint: --overwrite replaces it\n"
    assert case.tree() == {"annotations/instances_val.json": b"mine"}
    assert case.left() == []
    assert case.convert("coco", "--overwrite").status == 0
    assert case.tree() == case.expected(("coco",))


@pytest.mark.parametrize("content", [b"\xff\xfe", b'{"outputs":'])
def test_a_damaged_manifest_is_refused_before_any_work(case: Case, content: bytes) -> None:
    write_object(case.url / "cityconv.json", content)
    done = case.convert("coco", "--overwrite")
    line, hint = done.err.splitlines()
    assert line.startswith(f"error: {case.url}/cityconv.json: not a manifest: ")
    assert (done.status, hint) == (1, "hint: choose another --out, or remove this file")
    assert case.tree() == {"cityconv.json": content}
    assert case.left() == []


@pytest.mark.parametrize("below", ["", "/a/b"])
def test_an_object_is_no_folder(stored: Case, server: Server, below: str) -> None:
    write_object(stored.url, b"mine")
    server.clear()
    done = stored.run("coco", stored.source, "-o", f"{stored.url}{below}", "--overwrite")
    line = f"error: {stored.url}: an object exists where a folder is needed"
    assert done == (1, "", f"{line}\nhint: choose another --out\n")
    assert {request.method for request in server.requests} == {"HEAD"}
    assert read_object(stored.url) == b"mine"
    assert stored.left() == []


def test_a_role_may_have_a_part_of_the_bucket(stored: Case, server: Server) -> None:
    server.answer = lambda method, _: "403 Forbidden" if method == "HEAD" else None
    assert stored.convert("coco") == (0, "", "")
    assert len([request for request in server.requests if request.method == "HEAD"]) == 1


def test_a_manifest_over_the_limit_is_named_by_its_url(case: Case) -> None:
    write_object(case.url / "cityconv.json", b" " * 1000)
    with patch("cityconv.source.limits.limits", lambda: Limits(manifest_bytes=999)):
        done = case.convert("coco", "--overwrite")
    assert done.err.startswith(f"error: {case.url}/cityconv.json: 1,000 bytes, more than the limit of 999 ")
    assert case.left() == []


def test_a_home_folder_that_does_not_exist_is_named(case: Case) -> None:
    done = run_inline("coco", case.source, "-o", str(case.url), CITYCONV_STAGING="~nobody-of-this-name/x")
    assert (done.status, done.err.splitlines()[0]) == (2, "error: ~nobody-of-this-name/x: no such home folder")


def test_a_folder_of_masks_that_exists_is_not_replaced(case: Case) -> None:
    assert case.convert("labelmap", "--kind", "masks").status == 0
    folder = next(path for path in sorted(case.tree()) if path.endswith(".png")).rpartition("/")[0]
    delete_objects([case.url / "cityconv.json"])
    assert case.convert("labelmap", "--kind", "masks").err.startswith(f"error: {case.url / folder}: already exists")


def test_overwrite_removes_what_the_output_does_not_have_any_more_and_nothing_else(case: Case) -> None:
    write_object(case.url / "notes.txt", b"mine")
    assert case.convert("yolo").status == 0
    assert case.convert("coco").status == 0
    assert case.convert("yolo", "--split", "train", "--overwrite").status == 0
    expected = case.expected(("yolo",), ("coco",), ("yolo", "--split", "train", "--overwrite"))
    assert case.tree() == {**expected, "notes.txt": b"mine"}


def test_a_locale_without_utf_8_removes_nothing_of_the_output(case: Case) -> None:
    write_dataset(case.source, {"train/köln/köln_000000_000019": street()})
    assert case.convert("labelmap").status == 0
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    try:
        assert case.convert("labelmap", "--overwrite") == (0, "", "")
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    assert case.tree() == case.expected(("labelmap",))


def test_bad_frames_leave_an_output_as_it_is(case: Case) -> None:
    assert case.convert("coco").status == 0
    before = case.tree()
    write_annotation(annotation_path(case.source, next(iter(SCENES))), b"{")
    assert case.convert("coco", "--overwrite").status == 1
    assert case.tree() == before
    assert case.left() == []


def test_update_writes_what_has_changed(case: Case) -> None:
    assert case.convert("run").status == 0
    write_annotation(annotation_path(case.source, next(iter(SCENES))), street(3))
    delete_objects([case.url / "maps/gtFine/val/frankfurt/x.png"])
    written: list[str] = []

    def write(url: StoreUrl, *arguments: object, **options: object) -> None:
        written.append(str(url).removeprefix(f"{case.url}/"))
        write_object(url, *arguments, **options)  # type: ignore[arg-type]

    with patch.object(store_output, "write_object", write):
        assert case.convert("run", "--update").status == 0
    assert case.tree() == case.expected(("run",))
    assert 0 < sum(path.endswith(".png") for path in written) < sum(path.endswith(".png") for path in case.tree())


def test_update_mends_an_object_that_is_damaged(case: Case) -> None:
    assert case.convert("labelmap").status == 0
    path = next(path for path in case.tree() if path.endswith(".png"))
    write_object(case.url / path, bytes(len(case.tree()[path])))
    assert case.convert("labelmap", "--update").status == 0
    assert case.tree() == case.expected(("labelmap",))


def test_resume_of_what_is_complete_says_so_and_writes_no_file(case: Case) -> None:
    assert case.convert("coco").status == 0
    done = run_inline("coco", case.source, "-o", str(case.url), "--resume", CITYCONV_STAGING=str(case.folder))
    assert done.status == 0
    assert "note: already complete" in done.err
    done = case.convert("coco", "--resume", "--min-area", "9")
    assert done.err.startswith(f"error: {case.url}: is complete, but not what this command makes")
    assert case.tree() == case.expected(("coco",))


class Killed(BaseException):
    """Stands for the end of the process."""


def killed_at(number: int) -> object:
    """Return a context in which the process ends before the operation of a number that changes a store."""
    numbers = count()

    def counted(operation: object) -> object:
        def run(*arguments: object, **options: object) -> object:
            if next(numbers) >= number:
                raise Killed
            return operation(*arguments, **options)  # type: ignore[operator]

        return run

    return patch.multiple(store_output, write_object=counted(write_object), delete_objects=counted(delete_objects))


@pytest.mark.parametrize(
    "goes_on",
    [
        "--resume",
        "--overwrite elsewhere",
        pytest.param("--resume elsewhere", marks=pytest.mark.campaign),
        pytest.param("--overwrite", marks=pytest.mark.campaign),
    ],
)
def test_a_run_that_is_killed_leaves_nothing_that_looks_complete_and_can_be_continued(case: Case, goes_on: str) -> None:
    option, _, machine = goes_on.partition(" ")
    before = case.expected(("yolo",), ("coco",))
    after = case.expected(("yolo",), ("coco",), ("coco", "--split", "val", "--overwrite"))
    for number in count():
        for path in case.tree():
            delete_objects([case.url / path])
        for path, content in before.items():
            write_object(case.url / path, content)
        with killed_at(number):  # type: ignore[attr-defined]
            try:
                assert case.convert("coco", "--split", "val", "--overwrite").status == 0
            except Killed:
                pass
            else:
                break
        tree = case.tree()
        if ".cityconv" in tree:
            marker = {".cityconv": tree[".cityconv"]}
            assert "cityconv.json" not in tree or tree in ({**before, **marker}, {**after, **marker})
            assert case.convert("coco", "--split", "val").err.startswith(
                f"error: {case.url}: contains an unfinished run"
            )
        else:
            continue  # it had not begun, and nothing tells
        done = case.convert("coco", "--split", "val", option, machine=machine or "this")
        assert done.status == 0, (number, done.err)
        assert case.tree() == after, number
    assert number == 8


def test_a_list_of_written_files_that_was_cut_can_be_continued_twice(case: Case) -> None:
    with killed_at(5), pytest.raises(Killed):  # type: ignore[attr-defined]
        case.convert("labelmap")
    (written,) = case.folder.rglob("written")
    written.write_bytes(written.read_bytes()[:-9])  # as on a disk that was full
    with killed_at(5), pytest.raises(Killed):  # type: ignore[attr-defined]
        case.convert("labelmap", "--resume")
    assert case.convert("labelmap", "--resume") == (0, "", "")
    assert case.tree() == case.expected(("labelmap",))


def test_leftovers_of_other_options_are_removed(case: Case) -> None:
    with killed_at(6), pytest.raises(Killed):  # type: ignore[attr-defined]
        case.convert("yolo")
    assert len(case.tree()) > 2
    assert case.convert("coco", "--overwrite", machine="other").status == 0
    assert case.tree() == case.expected(("coco",))
    assert case.left("other") == []


def test_two_runs_do_not_write_to_one_url(case: Case) -> None:
    listed = list(list_objects(case.url))
    write_object(case.url / ".cityconv", b"")
    with patch.object(store_output, "list_objects", lambda url: listed):  # it began after this run had looked
        done = case.convert("coco")
    assert done.err == f"error: {case.url}: another run is writing there\n"


def test_verify_reads_an_output_and_names_its_url(case: Case) -> None:
    assert case.convert("run").status == 0
    assert case.run("verify", case.source, str(case.url)) == (0, "", "")
    path = next(path for path in case.tree() if path.endswith("labelIds.png"))
    write_object(case.url / path, b"no PNG")
    done = case.run("verify", case.source, str(case.url))
    assert done.status == 1
    assert f"{case.url}/{path}: not the file that was written\n" in done.out
    assert str(case.folder) not in done.out.replace(str(case.source), "")


def test_verify_says_that_there_is_nothing_but_an_unfinished_run(case: Case) -> None:
    with killed_at(2), pytest.raises(Killed):  # type: ignore[attr-defined]
        case.convert("coco")
    for arguments in ((str(case.url),), (case.source, str(case.url))):
        done = case.run("verify", *arguments)
        assert (done.status, done.err.splitlines()[0]) == (
            1,
            f"error: {case.url}: contains an unfinished run, and no output",
        )


def test_an_output_is_verified_and_drawn_by_its_url(case: Case, tmp_path: Path) -> None:
    assert case.convert("coco").status == 0
    assert case.run("verify", str(case.url)) == (0, "", "")
    assert case.run("preview", str(case.url)).err.startswith("error: missing --out")
    assert case.run("preview", str(case.url), "-o", tmp_path / "drawn").status == 0
    assert run_inline("coco", case.source, "-o", tmp_path / "out").status == 0
    assert run_inline("preview", tmp_path / "out", "-o", tmp_path / "drawn-here").status == 0
    assert tree_of(tmp_path / "drawn") == tree_of(tmp_path / "drawn-here")
    delete_objects([case.url / "annotations/instances_val.json"])
    assert case.run("verify", str(case.url)).out == f"{case.url}/annotations/instances_val.json: missing\n"


def test_parts_are_merged_from_and_to_a_store(case: Case) -> None:
    for number in (1, 2, 3):
        assert case.run("coco", case.source, "-o", f"{case.url}/part-{number}", "--part", f"{number}/3").status == 0
    parts = [f"{case.url}/part-{number}" for number in (1, 2, 3)]
    assert case.run("merge", *parts[:2], "-o", f"{case.url}/all").err.startswith("error: ")
    assert case.run("merge", *parts, "-o", f"{case.url}/all") == (0, "", "")
    tree = {path.removeprefix("all/"): content for path, content in case.tree().items() if path.startswith("all/")}
    assert tree == case.expected(("coco",))
    with killed_at(3), pytest.raises(Killed):  # type: ignore[attr-defined]
        case.run("merge", *parts, "-o", f"{case.url}/again")
    done = case.run("merge", *parts, "-o", f"{case.url}/again")
    assert done.err == f"error: {case.url}/again: contains an unfinished run\nhint: --overwrite discards it\n"
    done = case.run("merge", *parts, "-o", f"{case.url}/part-1/in")
    assert done.err.startswith(f"error: {case.url}/part-1/in: one of the parts, or a folder in or around one")


def test_a_key_that_leaves_the_folder_is_not_copied(case: Case) -> None:
    assert case.convert("coco").status == 0
    with patch.object(StoreUrl, "path_to", lambda _, other: f"../{other.name}"):
        done = case.run("verify", case.source, str(case.url))
    assert done.status == 1
    assert "not a valid path of a file" in done.err


@pytest.mark.parametrize("arguments", [("preview", "--out"), ("stats", "--json"), ("coco", "--class-map")])
def test_what_must_be_a_path_is_no_url(case: Case, arguments: tuple[str, str]) -> None:
    command, option = arguments
    done = case.run(command, case.source, option, str(case.url))
    assert done == (2, "", f"error: {option}: a path is expected, not the URL of a store\n")


# On a server


def test_a_server_gets_the_same_bytes_and_no_secret_is_written(stored: Case) -> None:
    done = stored.convert("run", "-j", "2", "--report", str(stored.folder / "report.json"))
    assert (done.status, done.err) == (0, "")
    tree = stored.tree()
    assert tree == stored.expected(("run",))
    written = [*tree.values(), (stored.folder / "report.json").read_bytes()]
    assert not any(secret.encode() in content for secret in SECRETS.values() for content in written)


def test_a_large_object_is_copied_in_pieces(stored: Case) -> None:
    content = bytes(range(256)) * 2**16
    write_object(stored.url / "large", content)
    sizes: list[int] = []

    def write(path: Path, pieces: Iterable[bytes]) -> None:
        sizes.extend(map(len, pieces))

    with patch("cityconv.engine.download.write_file", write):
        download(stored.url, ["large"], stored.folder)
    assert sum(sizes) == len(content)
    assert max(sizes) < len(content)


def test_what_a_console_creates_for_folders_does_no_harm(stored: Case, server: Server) -> None:
    for folder in ("out/", "out/annotations/", "out/empty/"):
        urlopen(Request(f"{stored.url.store.replace('s3:/', server.endpoint)}/{folder}", method="PUT")).close()
    assert stored.convert("coco") == (0, "", "")
    assert stored.run("verify", stored.source, str(stored.url)) == (0, "", "")
    assert stored.run("verify", str(stored.url)) == (0, "", "")


@pytest.mark.parametrize("fault", ["503", "reset"])
def test_faults_of_a_server_are_survived(stored: Case, server: Server, fault: Fault) -> None:
    server.faults.extend([fault, "none", fault, fault, "none"] * 3)
    assert stored.convert("labelmap") == (0, "", "")
    assert stored.tree() == stored.expected(("labelmap",))
    server.faults.extend([fault, "none", "cut", "none"] * 3)
    assert stored.run("verify", stored.source, str(stored.url)) == (0, "", "")


def test_a_server_that_takes_no_more_ends_the_run_in_one_line_and_resume_goes_on(stored: Case, server: Server) -> None:
    server.answer = lambda method, path: "403 Forbidden" if method == "PUT" and "/bonn/" in path else None
    done = stored.convert("labelmap")
    assert done.status == 1
    assert done.err.startswith(f"error: {stored.url}/gtFine/test/bonn/")
    line, hint = done.err.splitlines()
    assert line.endswith(": the store denies access")
    assert hint == "hint: --resume continues it, --overwrite discards it"
    assert "cityconv.json" not in stored.tree()
    server.clear()
    assert stored.convert("labelmap", "--resume").status == 0
    assert stored.tree() == stored.expected(("labelmap",))
    assert stored.left() == []


def test_a_killed_process_leaves_no_manifest_and_resume_goes_on(stored: Case, server: Server) -> None:
    command = [sys.executable, "-m", "cityconv", "labelmap", str(stored.source), "-o", str(stored.url), "-j", "1"]
    process = subprocess.Popen(command, env=environment({"CITYCONV_STAGING": str(stored.folder / "this")}))

    def kill(method: str, path: str) -> str | None:
        if method == "PUT" and path.endswith(".png"):
            process.kill()
        return None

    server.answer = kill
    assert process.wait() == -signal.SIGKILL
    assert ".cityconv" in stored.tree()
    assert "cityconv.json" not in stored.tree()
    server.clear()
    assert stored.convert("labelmap", "--resume").status == 0
    assert stored.tree() == stored.expected(("labelmap",))
