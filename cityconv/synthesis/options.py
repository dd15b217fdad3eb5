"""The options of a synthetic data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from cityconv.options import Heading, JobOptions, MessageOptions, Option, OverwriteOptions

DEFAULT_FRAMES = 12
_MOST_FRAMES = 1_000_000  # so that the numbers in names have 6 digits


@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """What is generated."""

    out: Annotated[
        Path, Option("The folder to write to.", Heading.OUTPUT, metavar="OUT", is_argument=True, shows_default=False)
    ]
    frames: Annotated[
        Annotated[int, Meta(ge=1, le=_MOST_FRAMES)] | None,
        Option(f"Number of frames [default: {DEFAULT_FRAMES}].", Heading.FRAMES, metavar="N"),
    ] = None
    full: Annotated[bool, Option("As many frames as the release has, in its cities.", Heading.FRAMES)] = False
    seed: Annotated[int, Option("The random seed of the scenes.", Heading.FRAMES, metavar="N"), Meta(ge=0)] = 0
    images: Annotated[bool, Option("Write an image for each frame.", Heading.IMAGES)] = False


@dataclass(frozen=True, kw_only=True)
class GenerateOptions(MessageOptions, OverwriteOptions, JobOptions):
    """How the data set is generated."""
