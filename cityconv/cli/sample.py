"""`cityconv sample`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from cityconv.cli.messages import print_message
from cityconv.cli.output_folder import refuse_dash
from cityconv.errors import UsageError, counted
from cityconv.options import Heading, JobOptions, MessageOptions, Option, OverwriteOptions

HELP = "Generate a data set in the Cityscapes layout: synthetic street scenes, nothing of the release."
EXAMPLES = (
    "cityconv sample city --frames 6 --images",
    "cityconv sample city --full --seed 1",
)
_FRAMES = 12


@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """What is generated."""

    out: Annotated[
        Path, Option("The folder to write to.", Heading.OUTPUT, metavar="OUT", is_argument=True, shows_default=False)
    ]
    frames: Annotated[
        int | None,
        Option(f"Number of frames [default: {_FRAMES}].", Heading.FRAMES, metavar="N"),
        Meta(ge=1),
    ] = None
    full: Annotated[bool, Option("As many frames as the release has, in its cities.", Heading.FRAMES)] = False
    seed: Annotated[int, Option("Another seed gives other scenes.", Heading.FRAMES, metavar="N"), Meta(ge=0)] = 0
    images: Annotated[bool, Option("Add a picture to each frame.", Heading.IMAGES)] = False


@dataclass(frozen=True, kw_only=True)
class GenerateOptions(MessageOptions, OverwriteOptions, JobOptions):
    """How the data set is generated."""


def sample(options: SampleOptions, run: GenerateOptions) -> None:
    """Generate a data set."""
    from cityconv.engine.executors import available_cores
    from cityconv.engine.generate import FileGenerator, generate_files
    from cityconv.sample import make, sample_frames

    refuse_dash(options.out)
    if options.full and options.frames:
        raise UsageError("--frames and --full exclude each other")
    frames = sample_frames(None if options.full else options.frames or _FRAMES)
    generator = FileGenerator(
        frames,
        lambda frame: [frame.annotation_path, *([frame.image_path] if options.images else [])],
        partial(make, seed=options.seed, images=options.images),
    )
    generate_files(
        generator,
        options.out,
        jobs=run.jobs or available_cores(),
        overwrite=run.overwrite,
        progress=run.shows_progress,
    )
    if not run.quiet:
        print_message(f"sample: {counted(len(frames), 'frame')} in {options.out}")
