"""The poster: a grid of frames, with the name and the numbers of the data set."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cityconv.cli import app
from tests.builders import SCENES, tree_of, write_dataset, write_images
from tests.commands import convert, run_inline

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def poster_of(path: Path) -> NDArray[np.uint8]:
    """Return a poster, uint8 (h, w, 3), blue, green, red."""
    return np.asarray(cv2.imread(str(path))).astype(np.uint8)


def test_a_poster_shows_frames_with_and_without_their_overlay(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    write_images(source / "leftImg8bit", *SCENES, shade=200)
    outcome = convert("preview", source, "--poster", tmp_path / "poster.png")
    assert float(outcome.err.removeprefix("preview: 5 frames, 33 objects in ").removesuffix(" s\n")) < 60
    assert {path.name for path in tmp_path.iterdir()} == {"source", "poster.png"}  # no gallery
    poster = poster_of(tmp_path / "poster.png")
    is_bare, is_road = ((np.abs(poster.astype(int) - color) <= 6).all(axis=2) for color in (200, (164, 132, 164)))
    assert np.count_nonzero(is_bare) > 1_000
    assert np.count_nonzero(is_road) > 200


def test_a_poster_says_what_the_data_set_is(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    convert("preview", source, "--poster", tmp_path / "one.png")
    convert("preview", source, "--poster", tmp_path / "two.png", "--split", "train", "--classes", "car,road")
    one, two = (poster_of(tmp_path / f"{name}.png") for name in ("one", "two"))
    title, numbers = np.s_[48:108, 48:400], np.s_[126:160, 48:900]
    assert (one[title] == two[title]).all()
    assert one[title].max() > 200  # text
    assert (one[numbers] != two[numbers]).any()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_frames_are_counted_from_0(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    with redirect_stderr(Terminal()) as screen:
        app(["preview", str(source), "--poster", str(tmp_path / "poster.png"), "-j", "1"], standalone_mode=False)
    assert "| 0/5 [" in screen.getvalue()


def test_a_gallery_and_a_poster_are_made_at_once(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    convert("coco", source, "-o", tmp_path / "coco")
    convert("preview", tmp_path / "coco", "-o", tmp_path / "out", "--poster", tmp_path / "out/poster.png")
    assert (tmp_path / "out/index.html").exists()
    assert poster_of(tmp_path / "out/poster.png").shape[1] > 1_000


def test_a_poster_replaces_no_input_and_no_file_unasked(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source")
    write_images(source / "leftImg8bit", *SCENES)
    photograph = source / f"leftImg8bit/{next(iter(SCENES))}_leftImg8bit.png"
    (tmp_path / "mine.png").write_bytes(b"mine")
    before = tree_of(tmp_path)
    for path, options, message, status in (
        (tmp_path / "mine.png", [], "mine.png: already exists", 1),
        (photograph, ["--overwrite"], f"{photograph}: would replace a file of ", 2),
        (tmp_path / "out/pictures/a.png", ["-o", str(tmp_path / "out")], "belongs to the output in ", 2),
    ):
        outcome = run_inline("preview", source, "--poster", path, *options)
        assert outcome.status == status
        assert message in outcome.err
        assert tree_of(tmp_path) == before
    convert("preview", source, "--poster", tmp_path / "mine.png", "--overwrite")
    assert (tmp_path / "mine.png").read_bytes().startswith(b"\x89PNG")


def test_a_bad_frame_prevents_the_poster(tmp_path: Path) -> None:
    source = write_dataset(tmp_path / "source", {**SCENES, "train/ulm/ulm_000000_000020": b"{}"})
    outcome = run_inline("preview", source, "--poster", tmp_path / "poster.png")
    assert outcome.status == 1
    assert not (tmp_path / "poster.png").exists()
    convert("preview", source, "--poster", tmp_path / "poster.png", "--on-error", "skip")
    assert (tmp_path / "poster.png").exists()


def test_a_data_set_needs_a_place_for_its_preview(tmp_path: Path) -> None:
    outcome = run_inline("preview", write_dataset(tmp_path / "source"))
    assert outcome.status == 2
    assert outcome.err == "error: missing --out\nhint: --out writes a gallery, and --poster one picture\n"
