"""The frames to measure on: of the data set that CITYSCAPES_DATASET names, else of a generated sample."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_FULL_SPLITS = ("train", "val")  # `test` has no objects to speak of


class Corpus(NamedTuple):
    """Where frames are taken from.

    Attributes:
        name: how tables call it.
        files: the annotation files of all splits.
    """

    name: str
    files: list[Path]

    def any_spaced(self, number: int) -> list[Path]:
        """Return files of all splits, evenly spaced."""
        return _spaced(self.files, number)

    def spaced(self, number: int) -> list[Path]:
        """Return files of train and val, evenly spaced."""
        return _spaced([file for file in self.files if file.parents[1].name in _FULL_SPLITS], number)


def open_corpus(work: Path, generated: int) -> Corpus:
    """Return the released frames, or generated ones.

    Args:
        work: where a sample is generated, once.
        generated: how many frames it has.
    """
    released = os.environ.get("CITYSCAPES_DATASET")
    if released:
        files = annotation_files(Path(released))
        if not files:
            sys.exit(
                f"CITYSCAPES_DATASET: found no annotations in {released}/gtFine; a zip has to be unpacked for this"
            )
        return Corpus("released frames", files)
    sample = work / f"sample-{generated}"
    if not sample.exists():
        cityconv("sample", str(sample), "--frames", str(generated), "-q")
    return Corpus("generated frames", annotation_files(sample))


def cityconv(*arguments: str) -> None:
    """Run the command line."""
    subprocess.run([sys.executable, "-m", "cityconv", *arguments], check=True)


def annotation_files(source: Path) -> list[Path]:
    """Return the annotation files of a data set, sorted."""
    return sorted((source / "gtFine").glob("*/*/*_gtFine_polygons.json"))


def make_tree(files: Sequence[Path], tree: Path) -> Path:
    """Make a data set of a few frames, with maps of instance ids, which some tools start from."""
    shutil.rmtree(tree, ignore_errors=True)
    for file in files:
        copy = tree.joinpath(*_within(file).parts)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    cityconv("labelmap", str(tree), "-o", str(tree), "--kind", "instanceIds", "-q")
    return tree


def make_archive(files: Sequence[Path], archive: Path) -> Path:
    """Make a zip, packed as the download is."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for file in files:
            opened.write(file, _within(file))
    return archive


def _within(file: Path) -> Path:
    """Return the path of an annotation file inside a data set."""
    return Path("gtFine", *file.parts[-3:])


def _spaced(files: Sequence[Path], number: int) -> list[Path]:
    number = min(number, len(files))
    return [files[place * len(files) // number] for place in range(number)]
