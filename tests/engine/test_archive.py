"""Shards: the files of frames in tar files, by the conventions of webdataset, in place of loose files."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from typing import TYPE_CHECKING
from unittest.mock import patch

import cv2
import numpy as np
import pytest

from cityconv.engine import convert as engine
from cityconv.errors import OutputError, SourceError, UsageError
from cityconv.storage.objects import list_objects, read_object
from cityconv.storage.url import StoreUrl
from tests.builders import (
    annotation_path,
    data_of,
    street,
    tree_of,
    write_annotation,
    write_dataset,
)
from tests.commands import convert, invoke, run_inline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TAR = ("--archive", "tar", "--images", "copy")
KEYS = ["aachen_000000_000019", "aachen_000001_000019", "ulm_000000_000019"]  # of train


def samples(shard: bytes) -> dict[str, dict[str, bytes]]:
    """Return the files of each sample of a shard by extension."""
    found: dict[str, dict[str, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(shard), mode="r:") as opened:
        for member in opened:
            assert member.isreg()
            assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
            assert member.mode == 0o644
            key, _, extension = member.name.partition(".")
            file = opened.extractfile(member)
            assert file
            assert key not in found or key == list(found)[-1]  # a sample's files follow each other
            found.setdefault(key, {})[extension] = file.read()
    return found


def test_shards_have_the_files_of_frames_side_by_side(source: Path, out: Path, tmp_path: Path) -> None:
    options = ("--kind", "labelIds,instanceIds", "--images", "copy")
    convert("labelmap", source, "-o", out, *options, "--archive", "tar", "--shard-frames", "2")
    convert("labelmap", source, "-o", tmp_path / "loose", *options)
    tree, loose = tree_of(out), data_of(tree_of(tmp_path / "loose"))
    names = [f"{name}.{end}" for name in ("test", "train", "val") for end in ("json", "tar")]
    assert sorted(data_of(tree)) == sorted(
        f"shards/{name.replace('.tar', f'-{number:06}.tar')}"
        for name in names
        for number in range(2 if name == "train.tar" else 1)
    )
    first, second = (samples(tree[f"shards/train-{number:06}.tar"]) for number in range(2))
    assert [*first, *second] == KEYS
    assert [*first] == KEYS[:2]
    for key, files in (first | second).items():
        place = f"train/{key.partition('_')[0]}/{key}"
        assert [*files] == ["png", "labelids.png", "instanceids.png"]
        assert files == {
            "png": loose[f"leftImg8bit/{place}_leftImg8bit.png"],
            "labelids.png": loose[f"gtFine/{place}_gtFine_labelIds.png"],
            "instanceids.png": loose[f"gtFine/{place}_gtFine_instanceIds.png"],
        }


def test_the_index_is_that_of_wids(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out, *TAR, "--shard-frames", "2")
    tree = tree_of(out)
    shards = [tree[f"shards/train-{number:06}.tar"] for number in range(2)]
    assert json.loads(tree["shards/train.json"]) == {
        "__kind__": "wids-shard-index-v1",
        "wids_version": 1,
        "shardlist": [
            {
                "url": f"train-{number:06}.tar",
                "md5sum": hashlib.md5(shard, usedforsecurity=False).hexdigest(),
                "nsamples": 2 - number,
                "filesize": len(shard),
            }
            for number, shard in enumerate(shards)
        ],
    }


@pytest.mark.parametrize(
    ("command", "extensions"),
    [
        (("yolo",), ["png", "txt"]),
        (("yolo", "--task", "semantic"), ["png", "mask.png"]),
        (("voc", "--task", "instance"), ["jpg", "xml", "class.png", "object.png"]),
        (("panoptic",), ["png", "panoptic.png"]),
        (("cityscapes", "--classes", "car"), ["png", "json"]),
        (("labelmap", "--kind", "labelIds", "--kind", "color"), ["png", "labelids.png", "color.png"]),
    ],
)
def test_every_format_has_its_extensions(
    source: Path, out: Path, command: tuple[str, ...], extensions: list[str]
) -> None:
    name, *options = command
    convert(name, source, "-o", out, *options, *TAR)
    found = samples((out / "shards/train-000000.tar").read_bytes())
    assert {key: [*files] for key, files in found.items()} == dict.fromkeys(KEYS, extensions)
    verified = invoke("verify", source, out, "-j", "1")
    assert verified.status == 0, verified.out
    assert "shards: 5 samples; findings: none" in verified.err


@pytest.mark.parametrize(
    ("command", "extensions"),
    [
        ("yolo", ["png", "rightimg8bit.png", "txt", "rightimg8bit.txt"]),
        ("panoptic", ["png", "rightimg8bit.png", "panoptic.png"]),
    ],
)
def test_further_images_of_a_frame_have_their_suffix_before_the_extension(
    source: Path, out: Path, command: str, extensions: list[str]
) -> None:
    left = source / "leftImg8bit"
    for path in [*left.rglob("*.png")]:
        shutil.copy(path, str(path).replace("_leftImg8bit.png", "_rightImg8bit.png"))
    suffixes = ("--image-suffix", "_leftImg8bit.png", "--image-suffix", "_rightImg8bit.png")
    convert(command, source, "-o", out, *suffixes, *TAR)
    assert [[*files] for files in samples((out / "shards/val-000000.tar").read_bytes()).values()] == [extensions]
    assert invoke("verify", source, out, "-j", "1").status == 0


def test_without_images_there_are_targets_alone(source: Path, out: Path) -> None:
    convert("yolo", source, "-o", out, "--archive", "tar", "--split-by", "city", "--split", "train")
    assert sorted(data_of(tree_of(out))) == [
        "data.yaml", "shards/aachen-000000.tar", "shards/aachen.json", "shards/ulm-000000.tar", "shards/ulm.json",
    ]  # fmt: skip
    found = samples((out / "shards/aachen-000000.tar").read_bytes())
    assert {key: [*files] for key, files in found.items()} == {key: ["txt"] for key in KEYS[:2]}
    assert invoke("verify", source, out, "-j", "1").status == 0


def test_the_key_of_a_name_with_dots_ends_at_the_extension(tmp_path: Path, out: Path) -> None:
    source = write_dataset(tmp_path / "dotted", {"train/ulm/drive.1": street(), "train/ulm/straße.2": street(1)})
    convert("labelmap", source, "-o", out, "--archive", "tar")
    shard = (out / "shards/train-000000.tar").read_bytes()
    assert [*samples(shard)] == ["ulm_drive_1", "ulm_straße_2"]
    assert shard[: len("ulm_drive_1.labelids.png\0")] == b"ulm_drive_1.labelids.png\0"
    assert "ulm_straße_2.labelids.png\0".encode() in shard  # in the header itself, the only place where wids reads
    assert invoke("verify", source, out, "-j", "1").status == 0
    write_annotation(annotation_path(source, "train/ulm/drive_1"), street(2))
    with pytest.raises(SourceError, match=r"drive_1_gtFine.*: would be written to 'shards/train/ulm_drive_1\.labelids"):
        convert("labelmap", source, "-o", tmp_path / "other", "--archive", "tar")


def test_the_number_of_workers_makes_no_difference(source: Path, out: Path, tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(
        f'source = "{source}"\nout = "elsewhere"\nimages = "copy"\narchive = "tar"\nshard-frames = 1\n'
        '[outputs.yolo]\n[outputs.maps]\nformat = "labelmap"\n'
    )
    for jobs in ("1", "2"):
        done = run_inline("run", tmp_path / "recipe.toml", "-o", tmp_path / jobs, "-j", jobs, "-q")
        assert done == (0, "", "")
    tree = tree_of(tmp_path / "1")
    assert {"yolo/shards/train-000002.tar", "yolo/data.yaml", "maps/shards/val.json"} <= tree.keys()
    assert tree == tree_of(tmp_path / "2")


def test_numbers_beyond_any_size_are_no_limits(source: Path, out: Path) -> None:
    beyond = str(2**70)
    assert run_inline("labelmap", source, "-o", out, *TAR, "--shard-frames", beyond, "--limit", beyond).status == 0
    assert run_inline("verify", source, out).status == 0


def test_the_manifest_records_the_shards_and_their_options(source: Path, out: Path, tmp_path: Path) -> None:
    convert("yolo", source, "-o", out, *TAR)
    convert("yolo", source, "-o", tmp_path / "loose", "--images", "copy")
    (packed,), (loose,) = (
        json.loads((folder / "cityconv.json").read_bytes())["outputs"] for folder in (out, tmp_path / "loose")
    )
    assert packed["options"] == loose["options"] | {"archive": "tar", "shard_frames": 1000}
    assert [path for path, _, _ in packed["files"] if not path.endswith(".records")] == sorted(data_of(tree_of(out)))


def test_dry_run_lists_the_shards(source: Path, out: Path) -> None:
    listed = convert("yolo", source, "-o", out, *TAR, "--dry-run").out.splitlines()
    assert not out.exists()
    convert("yolo", source, "-o", out, *TAR)
    assert sorted(listed) == sorted(str(out / path) for path in tree_of(out))


def test_bad_frames_that_are_skipped_are_in_no_shard(source: Path, out: Path) -> None:
    write_annotation(annotation_path(source, "train/aachen/aachen_000001_000019"), b"{")
    write_annotation(annotation_path(source, "val/munster/munster_000000_000019"), b"{")
    convert("yolo", source, "-o", out, *TAR, "--shard-frames", "2", "--on-error", "skip")
    assert [path.name for path in sorted((out / "shards").iterdir())] == [
        "test-000000.tar", "test.json", "train-000000.tar", "train.json",
    ]  # fmt: skip
    assert [*samples((out / "shards/train-000000.tar").read_bytes())] == [KEYS[0], KEYS[2]]


# Runs that end early, and runs over other outputs


def interrupted(results: Iterator[object], *_: object) -> Iterator[object]:
    yield next(results)
    yield next(results)
    raise OutputError("interrupted")


def test_an_interrupted_run_is_resumed(source: Path, out: Path, tmp_path: Path) -> None:
    convert("labelmap", source, "-o", tmp_path / "fresh", *TAR)
    with patch.object(engine, "track", interrupted), pytest.raises(OutputError):
        convert("labelmap", source, "-o", out, *TAR)
    assert [path.name for path in out.iterdir()] == [".cityconv"]
    (staged, *_) = out.rglob("*_labelIds.png")
    staged.write_bytes(b"lost")
    resumed = convert("labelmap", source, "-o", out, *TAR, "--resume")
    assert "frames converted again because their staged files were lost: 1" in resumed.err
    assert tree_of(out) == tree_of(tmp_path / "fresh")
    assert "already complete" in convert("labelmap", source, "-o", out, *TAR, "--resume").err


def test_a_complete_output_of_which_a_shard_has_changed_is_not_complete(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out, *TAR)
    with (out / "shards/val-000000.tar").open("r+b") as file:
        file.write(b"x")
    with pytest.raises(OutputError, match=r"is complete, but not what this command makes: shards/val-000000\.tar has"):
        convert("labelmap", source, "-o", out, *TAR, "--resume")
    with pytest.raises(OutputError, match="made with another --shard-frames"):
        convert("labelmap", source, "-o", out, *TAR, "--shard-frames", "3", "--resume")


@pytest.mark.parametrize("command", ["labelmap", "yolo"])
def test_loose_files_and_shards_replace_each_other(source: Path, out: Path, tmp_path: Path, command: str) -> None:
    plain = ("--images", "symlink")
    for name, options in (("shards", TAR), ("loose", plain)):
        convert(command, source, "-o", tmp_path / name, *options)
    convert(command, source, "-o", out, *plain)
    convert(command, source, "-o", out, *TAR, "--overwrite")
    assert tree_of(out) == tree_of(tmp_path / "shards")
    convert(command, source, "-o", out, *plain, "--overwrite")
    assert tree_of(out) == tree_of(tmp_path / "loose")
    assert not (out / "shards").exists()
    convert(command, source, "-o", out, *TAR, "--shard-frames", "1", "--overwrite")
    convert(command, source, "-o", out, *TAR, "--overwrite")
    assert tree_of(out) == tree_of(tmp_path / "shards")
    convert(command, source, "-o", out, *plain, "--update")
    assert tree_of(out) == tree_of(tmp_path / "loose")


def test_shards_replace_those_of_no_other_format(source: Path, out: Path) -> None:
    convert("yolo", source, "-o", out, *TAR)
    before = tree_of(out)
    for option in ((), ("--overwrite",)):
        with pytest.raises(OutputError, match=rf"{out}: has shards of yolo"):
            convert("voc", source, "-o", out, *TAR, *option)
    convert("coco", source, "-o", out)
    assert before.items() - tree_of(out).items() == {("cityconv.json", before["cityconv.json"])}


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("labelmap", ("--kind", "labelIds,masks"), "labelmap: --archive tar needs the same files for every frame"),
        ("yolo", ("--images", "symlink"), "--images symlink: a shard has no links"),
        ("yolo", ("--images", "hardlink"), "--images hardlink: a shard has no links"),
        ("yolo", ("--part", "1/2"), "--part cannot be combined with --archive tar"),
        ("yolo", ("--update",), "--update cannot be combined with --archive tar"),
    ],
)
def test_what_shards_cannot_be(source: Path, out: Path, command: str, options: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        convert(command, source, "-o", out, "--archive", "tar", *options)
    assert str(caught.value) == words
    assert not out.exists()


@pytest.mark.parametrize("name", ["coco", "csv"])
def test_a_format_without_files_of_frames_is_not_packed(source: Path, out: Path, tmp_path: Path, name: str) -> None:
    assert run_inline(name, source, "-o", out, "--archive", "tar").status == 2
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'source = "{source}"\nout = "{out}"\narchive = "tar"\n[outputs.yolo]\n[outputs.{name}]\n')
    done = run_inline("run", recipe)
    assert (done.status, done.err) == (2, f"error: {name}: --archive tar needs the same files for every frame\n")
    assert not out.exists()


def test_a_preview_says_that_it_shows_no_shards(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out, *TAR)
    with pytest.raises(UsageError, match=rf"^{out}: the frames are in shards, which cannot be shown$"):
        invoke("preview", out, "-o", out / "preview", "-j", "1")


# Verification


def repack(shard: Path, change: dict[str, bytes | None], more: dict[str, bytes] | None = None) -> None:
    """Replace members of a shard, given by name, or leave them out; and append some."""
    with tarfile.open(shard) as opened:
        contents = {member.name: opened.extractfile(member).read() for member in opened}  # type: ignore[union-attr]
    with tarfile.open(shard, "w") as opened:
        for name, content in {**contents, **change, **(more or {})}.items():
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                opened.addfile(info, io.BytesIO(content))


def findings(source: Path, out: Path) -> list[str]:
    verified = invoke("verify", source, out, "-j", "1")
    assert verified.status == 1
    return [line.removeprefix(f"{out}/") for line in verified.out.splitlines()]


def test_verify_names_members_of_shards(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out, *TAR)
    map_ = cv2.imencode(".png", np.zeros((32, 64), np.uint8))[1].tobytes()
    repack(out / "shards/train-000000.tar", {f"{KEYS[0]}.labelids.png": map_}, {"mine.png": b"mine"})
    repack(out / "shards/val-000000.tar", {"munster_000000_000019.labelids.png": None})
    found = findings(source, out)
    assert [line for line in found if line.endswith(": not the file that was written")] == [
        "shards/train-000000.tar: not the file that was written",
        "shards/val-000000.tar: not the file that was written",
    ]
    assert "shards/train-000000.tar: 1 file of 'mine' where 0 are expected" in found
    assert "shards/val-000000.tar: 1 file of 'munster_000000_000019' where 2 are expected" in found
    assert any(line.startswith(f"shards/train-000000.tar/{KEYS[0]}.labelids.png: ") for line in found)
    assert not any("/tmp" in line for line in found)


def test_verify_survives_damaged_shards_and_records(source: Path, out: Path) -> None:
    convert("yolo", source, "-o", out, *TAR)
    shard = out / "shards/train-000000.tar"
    shard.write_bytes(shard.read_bytes()[:2000])
    assert any(
        line.startswith("shards/train-000000.tar: cannot be compared: ReadError") for line in findings(source, out)
    )
    (records,) = out.glob("*.records")
    records.unlink()
    found = findings(source, out)
    assert f"{records.name}: missing or damaged, so shards are not unpacked" in found
    assert not any("expected" in line for line in found)


def test_a_member_that_stands_for_more_than_is_there_is_not_unpacked(source: Path, out: Path) -> None:
    convert("labelmap", source, "-o", out, *TAR, "--images", "none")
    name = "munster_000000_000019.labelids.png"
    info = tarfile.TarInfo(name)
    info.size = 1024
    keys = {"major": "1", "minor": "0", "name": name, "realsize": str(2**21)}
    info.pax_headers = {f"GNU.sparse.{key}": value for key, value in keys.items()}
    with tarfile.open(out / "shards/val-000000.tar", "w", format=tarfile.PAX_FORMAT) as shard:
        shard.addfile(info, io.BytesIO(b"1\n0\n512\n".ljust(info.size, b"\0")))
    assert f"shards/val-000000.tar/{name}: not a file" in findings(source, out)


# Stores


def test_a_store_gets_the_same_shards(source: Path, out: Path, tmp_path: Path) -> None:
    pytest.importorskip("obstore", reason="obstore is not installed: pip install 'cityconv[s3]'")
    url = StoreUrl("memory://bucket", f"shards-{hashlib.sha256(str(tmp_path).encode()).hexdigest()}")
    convert("yolo", source, "-o", out, *TAR)
    staging = str(tmp_path / "staging")
    assert run_inline("yolo", source, "-o", str(url), *TAR, "-q", CITYCONV_STAGING=staging) == (0, "", "")
    stored = {item.url.key.removeprefix(f"{url.key}/"): read_object(item.url) for item in list_objects(url)}
    assert stored == tree_of(out)
    assert (
        "already complete" in run_inline("yolo", source, "-o", str(url), *TAR, "--resume", CITYCONV_STAGING=staging).err
    )
    assert run_inline("verify", source, str(url), "-q", CITYCONV_STAGING=staging) == (0, "", "")
