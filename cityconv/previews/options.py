"""The options of a preview."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from cityconv.errors import UsageError, quoted, suggestion
from cityconv.options import (
    SOURCE_VARIABLE,
    Heading,
    JobOptions,
    MessageOptions,
    OnErrorOption,
    Option,
    OverwriteOptions,
    PhotographOptions,
    SourceOptions,
)
from cityconv.storage.url import Location
from cityconv.vocabulary import Layer

_LAYERS: tuple[Layer, ...] = get_args(Layer)
_DEFAULT_WIDTH = 1024
_MOST_WIDTH = 8192
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, kw_only=True)
class PreviewSourceOptions(SourceOptions):
    """Which frames are shown, of a data set or of an output, and how large."""

    source: Annotated[
        Location,
        Option(
            "The data set, as for other commands, or the folder of an output of cityconv.",
            Heading.FRAMES,
            metavar="SRC",
            is_argument=True,
            variable=SOURCE_VARIABLE,
            shows_default=False,
        ),
    ]
    size: Annotated[
        str | None,
        Option(
            f"The width of the pictures in pixels; images are not enlarged [default: {_DEFAULT_WIDTH}].",
            Heading.IMAGES,
            metavar="WIDTH",
        ),
    ] = None

    @property
    def width(self) -> int:
        """The width of pictures in pixels.

        Raises:
            UsageError: the size is not a number of pixels, or too large.
        """
        if self.size is None:
            return _DEFAULT_WIDTH
        if not _NUMBER.fullmatch(self.size) or not 1 <= int(self.size) <= _MOST_WIDTH:
            raise UsageError(f"--size: {quoted(self.size)} is not a width of 1 to {_MOST_WIDTH} pixels")
        return int(self.size)


@dataclass(frozen=True, kw_only=True)
class PreviewOutputOptions(PhotographOptions):
    """What is drawn, and where to."""

    out: Annotated[
        Path | None,
        Option(
            "The folder to write to [default: the folder preview in an output that is shown].",
            Heading.OUTPUT,
            metavar="OUT",
            short="-o",
            alias="--output",
        ),
    ] = None
    format: Annotated[
        Literal["coco", "panoptic", "yolo", "voc", "labelmap", "csv"] | None,
        Option("The format to show, if a folder holds outputs of several formats.", Heading.OUTPUT),
    ] = None
    poster: Annotated[
        Path | None, Option("Write a picture of the whole data set as PNG.", Heading.OUTPUT, metavar="FILE")
    ] = None
    classes: Annotated[
        str | None,
        Option(
            "Show only these classes: a preset such as instances or eval, or names separated by commas [default: all].",
            Heading.OBJECTS,
            metavar="PRESET|NAME,...",
        ),
    ] = None
    show: Annotated[
        str,
        Option("What to draw, separated by commas.", Heading.IMAGES, metavar="LAYER,..."),
    ] = ",".join(_LAYERS)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """What is shown, in the order in which it is drawn.

        Raises:
            UsageError: one of the names is unknown.
        """
        names = [name.strip() for name in self.show.split(",")]
        for name in names:
            if name not in _LAYERS:
                raise UsageError(f"--show: unknown value {quoted(name)}", suggestion(name, _LAYERS))
        return tuple(layer for layer in _LAYERS if layer in names)


@dataclass(frozen=True, kw_only=True)
class PreviewRunOptions(MessageOptions, OverwriteOptions, JobOptions):
    """How frames are drawn."""

    on_error: OnErrorOption = "fail"
