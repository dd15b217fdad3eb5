"""Data sets in object stores: the same results as from the disk, and what they cost in requests and bytes."""

from __future__ import annotations

import json
import re
import zipfile
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.request import Request, urlopen

import pytest

import cityconv
from tests.builders import SCENES, street, tree_of, write_annotation, write_dataset, write_images, zip_folder
from tests.coco_exports import write_cvat, write_labelme
from tests.commands import run_inline
from tests.layouts.sets import DATA_SETS
from tests.storage.server import SECRETS, put

if TYPE_CHECKING:
    from pathlib import Path

    from tests.storage.server import Server

FRAMES = len(SCENES)
COPIES = ("--images", "copy")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with photographs."""
    root = write_dataset(tmp_path_factory.mktemp("source"))
    write_images(root / "leftImg8bit", *SCENES)
    return root


@pytest.fixture(scope="module")
def archive(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return zip_folder(source, tmp_path_factory.mktemp("archive") / "cityscapes.zip")


@pytest.fixture(scope="module")
def expected(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the folder on the disk becomes, manifest included."""
    out = tmp_path_factory.mktemp("expected") / "out"
    assert run_inline("coco", source, "-o", out, *COPIES).status == 0
    return tree_of(out)


def test_a_folder_takes_one_request_for_each_file(
    source: Path, expected: dict[str, bytes], server: Server, bucket: str, tmp_path: Path
) -> None:
    server.put(source, f"{bucket}/data/set")
    assert run_inline("coco", f"{bucket}/data/set", "-o", tmp_path / "out", *COPIES, "-q") == (0, "", "")
    assert tree_of(tmp_path / "out") == expected
    assert len(server.reads) == 2 * FRAMES
    assert sum(request.size for request in server.reads) == sum(map(len, tree_of(source).values()))
    assert len(server.requests) - len(server.reads) <= 4


def test_of_a_large_data_set_only_what_is_read_is_listed(
    source: Path, expected: dict[str, bytes], server: Server, bucket: str, tmp_path: Path
) -> None:
    url = server.put(source, f"{bucket}/set")
    with patch("cityconv.source.listings._PAGE", 3):  # as if that were all that fits in an answer
        assert run_inline("coco", url, "-o", tmp_path / "out", *COPIES, "-q") == (0, "", "")
    assert tree_of(tmp_path / "out") == expected
    listed = [request.query.partition("prefix=")[2] for request in server.requests if "list-type" in request.query]
    folders = [f"set%2F{name}%2F" for name in ("gtFine", "gtFine", "leftImg8bit", "leftImg8bit")]
    assert listed == ["set%2F", *folders, "set%2FleftImg8bit%2F", "set%2FgtFine%2F"]  # the last two at the end


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_CONFIG_FILE": "profile"},
        {"AWS_SHARED_CREDENTIALS_FILE": "profile"},
        {"AWS_CONFIG_FILE": "region", "AWS_SKIP_SIGNATURE": "true"},
        {"AWS_SHARED_CREDENTIALS_FILE": "~nobody-of-this-name/x", "AWS_SKIP_SIGNATURE": "true"},
    ],
    ids=" ".join,
)
def test_credentials_of_a_profile_are_found_and_a_public_bucket_needs_none(
    variables: dict[str, str], server: Server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"{bucket.removeprefix('s3://')}/set/gtFine/train/ulm/ulm_000000_000019_gtFine_polygons.json"
    headers = {"Content-Type": "application/json", "x-amz-acl": "public-read"}
    content = json.dumps(street()).encode()
    urlopen(Request(f"{server.endpoint}/{key}", content, headers, method="PUT")).close()
    write_annotation(tmp_path / "region", b"[default]\nregion = us-east-1\n")
    write_annotation(tmp_path / "profile", b"[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.chdir(tmp_path)
    for name in SECRETS:
        monkeypatch.delenv(name)
    for name, value in {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", **variables}.items():
        monkeypatch.setenv(name, value)
    done = run_inline("stats", f"{bucket}/set")
    assert done.err.startswith("stats: 1 frame, ")


def test_a_zip_takes_one_request_for_each_member_and_one_for_its_directory(
    source: Path, archive: Path, expected: dict[str, bytes], server: Server, bucket: str, tmp_path: Path
) -> None:
    url = server.put(archive, f"{bucket}/cityscapes.zip")
    assert run_inline("coco", url, "-o", tmp_path / "out", *COPIES, "-q") == (0, "", "")
    assert tree_of(tmp_path / "out") == expected
    assert len(server.reads) == 2 * FRAMES + 1
    with zipfile.ZipFile(archive) as opened:
        files = [member for member in opened.infolist() if not member.is_dir()]
    first, *members = server.reads
    assert first.size == archive.stat().st_size  # small enough to be read whole
    needed = sum(30 + len(member.filename) + member.compress_size for member in files)
    assert needed <= sum(request.size for request in members) <= needed + 100 * len(files)
    assert len(server.requests) - len(server.reads) <= 4


def test_the_directory_of_a_large_zip_takes_one_more_request(server: Server, bucket: str, tmp_path: Path) -> None:
    write_dataset(tmp_path / "src")
    for number in range(1000):  # whose names fill more than what is read first
        write_annotation(tmp_path / f"src/gtFine/train/ulm/{'other' * 10}_{number}.txt", b"")
    url = server.put(zip_folder(tmp_path / "src", tmp_path / "set.zip"), f"{bucket}/set.zip")
    assert run_inline("stats", url).out == run_inline("stats", tmp_path / "src").out
    assert len(server.reads) == FRAMES + 2


@pytest.mark.parametrize("kind", ["folder", "zip"])
class TestEveryCommand:
    """Every command that reads a data set, of a folder and of a zip."""

    @pytest.fixture
    def url(self, kind: str, source: Path, archive: Path, memory: str) -> str:
        return put(source, f"{memory}/set") if kind == "folder" else put(archive, f"{memory}/set.zip")

    @pytest.fixture
    def disk(self, kind: str, source: Path, archive: Path) -> Path:
        return source if kind == "folder" else archive

    def test_a_recipe_writes_the_same(self, url: str, disk: Path, tmp_path: Path) -> None:
        outputs = '[outputs.maps]\nformat = "labelmap"\n[outputs.voc]\n[outputs.csv]\n[outputs.panoptic]\n'
        for name, place in (("store", url), ("disk", disk)):
            text = f'source = "{place}"\nout = "{tmp_path / name}"\nimages = "copy"\n{outputs}'
            (tmp_path / f"{name}.toml").write_text(text)
            assert run_inline("run", tmp_path / f"{name}.toml", "-q") == (0, "", "")
        assert tree_of(tmp_path / "store") == tree_of(tmp_path / "disk")

    def test_stats_are_the_same(self, url: str, disk: Path) -> None:
        assert run_inline("stats", url, "-q") == run_inline("stats", disk, "-q")

    def test_an_output_is_verified(self, url: str, disk: Path, tmp_path: Path) -> None:
        assert run_inline("yolo", disk, "-o", tmp_path / "out", *COPIES).status == 0
        assert run_inline("verify", url, tmp_path / "out", "-q") == (0, "", "")
        next((tmp_path / "out/labels").rglob("aachen*.txt")).write_text("0 0.5 0.5 0.5 0.5\n")
        assert run_inline("verify", url, tmp_path / "out", "-q").status == 1

    def test_a_preview_shows_the_photographs(self, url: str, disk: Path, tmp_path: Path) -> None:
        for name, place in (("store", url), ("disk", disk)):
            assert run_inline("preview", place, "-o", tmp_path / name, "-q") == (0, "", "")
        store, on_disk = (tree_of(tmp_path / name / "photographs") for name in ("store", "disk"))
        assert len(store) == FRAMES
        assert store == on_disk

    def test_labels_are_drafted(self, url: str, disk: Path) -> None:
        assert run_inline("labels", "--from", url) == run_inline("labels", "--from", disk)

    def test_python_iterates_over_frames(self, url: str, disk: Path) -> None:
        store, on_disk = (cityconv.open(place, split="train") for place in (url, disk))
        assert [frame.name for frame in store] == [frame.name for frame in on_disk]
        assert store[0].path.startswith(url)
        assert [item.area for item in store[0].objects] == [item.area for item in on_disk[0].objects]


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_released_maps_are_verified_and_read(kind: str, source: Path, memory: str, tmp_path: Path) -> None:
    kinds = ("--kind", "instanceIds,labelIds,color")
    assert run_inline("labelmap", source, "-o", tmp_path / "maps", *kinds).status == 0
    released = write_dataset(tmp_path / "released")
    for path in (tmp_path / "maps").rglob("*_gtFine_*.png"):
        write_annotation(released / "gtFine" / path.relative_to(tmp_path / "maps/gtFine"), path.read_bytes())
    url = f"{memory}/released"
    url = put(released, url) if kind == "folder" else put(zip_folder(released, tmp_path / "r.zip"), f"{url}.zip")
    assert run_inline("verify", url, "-q") == (0, "", "")
    read = ("--read", "instanceIds")
    for name, place in (("store", url), ("disk", released)):
        assert run_inline("coco", place, "-o", tmp_path / name, *read, "-q").status == 0
    assert tree_of(tmp_path / "store") == tree_of(tmp_path / "disk")


@pytest.mark.parametrize("name", DATA_SETS)
def test_folders_of_a_store_say_what_folders_on_the_disk_say(name: str, memory: str, tmp_path: Path) -> None:
    data = DATA_SETS[name]
    data.make(tmp_path)
    put(tmp_path, memory)
    options = ("-o", str(tmp_path / "out"), "--dry-run", *(option.format(tmp_path) for option in data.options))
    store, disk = (
        run_inline("labelmap", place, "--kind", "labelIds", *options)
        for place in (f"{memory}/{data.source}", tmp_path / data.source)
    )
    assert (store.status, store.out) == (disk.status, disk.out)
    notes = store.err.replace(memory, str(tmp_path))
    assert re.sub(r"such as \S+", "", notes) == re.sub(r"such as \S+", "", disk.err)


def test_hidden_files_and_markers_of_folders_are_passed_over(source: Path, memory: str, tmp_path: Path) -> None:
    url = put(source, f"{memory}/set")
    put(write_annotation(tmp_path / "x", b"{}"), f"{url}/gtFine/.trash/train/ulm/ulm_0_0_gtFine_polygons.json")
    put(write_annotation(tmp_path / "x", b"{}"), f"{url}/gtFine/train/ulm/._ulm_0_0_gtFine_polygons.json")
    put(write_annotation(tmp_path / "x", b""), f"{url}/gtFine/train/bonn/")
    assert [frame.name for frame in cityconv.open(url)] == [frame.name for frame in cityconv.open(source)]


def test_names_may_have_any_letters(memory: str, tmp_path: Path) -> None:
    scene = next(iter(SCENES.values()))
    source = write_dataset(tmp_path / "src", {"train/Köln am Rhein/a b%20#1 [x]": scene})
    url = put(source, f"{memory}/my set")
    assert run_inline("stats", url, "-q") == run_inline("stats", source, "-q")


def test_a_file_url_is_a_path(source: Path, tmp_path: Path) -> None:
    assert run_inline("coco", source.as_uri(), "-o", tmp_path / "out", "--images", "symlink", "-q") == (0, "", "")
    assert next((tmp_path / "out").rglob("*.png")).is_symlink()


def test_one_annotation_is_a_data_set(source: Path, memory: str) -> None:
    path = next((source / "gtFine/val").rglob("*_polygons.json"))
    url = put(source, f"{memory}/set")
    (frame,) = cityconv.open(f"{url}/{path.relative_to(source)}")
    assert (frame.split, frame.city, frame.path) == ("val", "munster", f"{url}/{path.relative_to(source)}")


@pytest.mark.parametrize("write", [write_cvat, write_labelme])
def test_coco_files_are_read_with_their_images(write: object, memory: str, tmp_path: Path) -> None:
    assert callable(write)
    write(tmp_path / "src")
    url = put(tmp_path / "src", f"{memory}/src")
    for name, place in (("store", url), ("disk", tmp_path / "src")):
        done = run_inline("yolo", place, "-o", tmp_path / name, *COPIES, "-q", "--labels", "cityscapes")
        assert done == (0, "", "")
    assert tree_of(tmp_path / "store") == tree_of(tmp_path / "disk")


@pytest.mark.parametrize("command", ["coco", "panoptic"])
def test_a_coco_file_takes_few_requests(
    command: str, source: Path, server: Server, bucket: str, tmp_path: Path
) -> None:
    assert run_inline(command, source, "-o", tmp_path / "made").status == 0
    url = server.put(tmp_path / "made", f"{bucket}/made")
    (file,) = (tmp_path / "made").rglob("*_train.json")
    for name, place in (("store", f"{url}/{file.relative_to(tmp_path / 'made')}"), ("disk", file)):
        assert run_inline("csv", place, "-o", tmp_path / name, "--classes", "labels", "-q") == (0, "", "")
    assert tree_of(tmp_path / "store") == tree_of(tmp_path / "disk")
    frames = 3
    maps = frames if command == "panoptic" else 0
    assert len(server.reads) == 1 + frames + maps  # the file, and one request for each frame and each map
    assert len(server.requests) - len(server.reads) <= 6 + maps


def test_images_may_be_elsewhere(
    source: Path, archive: Path, expected: dict[str, bytes], memory: str, tmp_path: Path
) -> None:
    put(source / "leftImg8bit", f"{memory}/photographs")
    put(archive, f"{memory}/all.zip")
    polygons = write_dataset(tmp_path / "polygons")
    for name in ("photographs", "all.zip"):
        out = tmp_path / name
        root = ("--image-root", f"{memory}/{name}")
        assert run_inline("coco", polygons, "-o", out, *COPIES, *root, "-q") == (0, "", "")
        assert tree_of(out) == expected


def test_the_rest_of_a_bucket_is_not_listed(
    source: Path, archive: Path, server: Server, bucket: str, tmp_path: Path
) -> None:
    put(source / "leftImg8bit", f"{bucket}/a/photographs")
    url = server.put(archive, f"{bucket}/b/set.zip")
    root = ("--image-root", f"{bucket}/a/photographs")
    assert run_inline("coco", url, "-o", tmp_path / "out", *COPIES, *root, "-q") == (0, "", "")
    listed = {request.query.partition("prefix=")[2] for request in server.requests if "list-type" in request.query}
    assert listed == {"b%2Fset.zip%2F", "a%2Fphotographs%2F"}


@pytest.mark.parametrize("images", ["symlink", "hardlink"])
def test_images_in_a_store_cannot_be_linked(images: str, source: Path, memory: str, tmp_path: Path) -> None:
    url = put(source, f"{memory}/set")
    done = run_inline("coco", url, "-o", tmp_path / "out", "--images", images)
    assert done.status == 2
    assert "an image in a store cannot be linked\nhint: --images copy\n" in done.err
    assert not (tmp_path / "out").exists()


def test_what_is_in_memory_is_read_in_its_own_process(source: Path, memory: str) -> None:
    url = put(source, f"{memory}/set")
    assert run_inline("stats", url, "-j", "2", "-q") == run_inline("stats", source, "-q")
