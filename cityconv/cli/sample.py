"""`cityconv sample`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cityconv.cli.messages import say
from cityconv.errors import UsageError

_FRAMES = 12


@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """What is made."""

    out: Annotated[Path, typer.Argument(metavar="OUT", show_default=False, help="The folder to write to.")]
    frames: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=f"How many frames; {_FRAMES} when not given.")
    ] = None
    full: Annotated[bool, typer.Option("--full", help="As many frames as the release has, in its cities.")] = False
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another seed gives other scenes.")] = 0
    images: Annotated[bool, typer.Option("--images", help="Make a picture for each frame too.")] = False
    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, metavar="N", help="Worker processes; all cores when not given.")
    ] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what exists.")] = False
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False


def sample(options: SampleOptions) -> None:
    """Make a data set in the Cityscapes layout: street scenes drawn by rule, nothing of the release in them."""
    from cityconv.engine.executors import available_cores
    from cityconv.engine.generate import FileGenerator, generate_files
    from cityconv.sample import render, sample_frames

    if options.full and options.frames:
        raise UsageError("--frames and --full exclude each other")
    frames = sample_frames(None if options.full else options.frames or _FRAMES)
    generator = FileGenerator(
        frames,
        lambda frame: [frame.annotation_path, *([frame.image_path] if options.images else [])],
        partial(render, seed=options.seed, images=options.images),
    )
    generate_files(
        generator,
        options.out,
        jobs=options.jobs or available_cores(),
        overwrite=options.overwrite,
        progress=not options.quiet,
    )
    if not options.quiet:
        say(f"sample: {len(frames):,} frames in {options.out}")
