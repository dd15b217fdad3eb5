"""The options, each defined once, gathered in frozen dataclasses that a command takes as a parameter."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import typer
from msgspec import Meta

from cityconv.errors import UsageError

if TYPE_CHECKING:
    from cityconv.source.classes import Selection


SOURCE_VARIABLE = "CITYSCAPES_DATASET"  # as the official scripts have it


def gather_options(command: Callable[..., None]) -> Callable[..., None]:
    """Let Typer see, for each parameter of a command, the fields of the dataclass that it is annotated with."""
    groups = {name: hint for name, hint in get_type_hints(command).items() if name != "return"}

    @wraps(command)
    def gathered(**values: Any) -> None:  # noqa: ANN401 - whatever Typer parsed
        command(
            **{
                name: group(**{item.name: values[item.name] for item in fields(group)})
                for name, group in groups.items()
            }
        )

    parameters = [parameter for group in groups.values() for parameter in _parameters(group)]
    vars(gathered)["__signature__"] = inspect.Signature(parameters)
    return gathered


def _parameters(group: type) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for item in fields(group):
        default = inspect.Parameter.empty if item.default is MISSING else item.default
        yield inspect.Parameter(item.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[item.name])


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Which frames."""

    source: Annotated[
        Path,
        typer.Argument(
            metavar="SRC",
            envvar=SOURCE_VARIABLE,
            show_default=False,
            help="The data set: its root, its gtFine or gtCoarse folder, a split or city folder, "
            "one *_polygons.json, or a downloaded zip.",
        ),
    ]
    split: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this split; can be given several times.")
    ] = None
    city: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this city; can be given several times.")
    ] = None


@dataclass(frozen=True, kw_only=True)
class ImageNameOptions:
    """What the images of an output are called."""

    image_suffix: Annotated[
        str, typer.Option(metavar="SUFFIX", help="What follows a frame's name in the name of its image.")
    ] = "_leftImg8bit.png"
    image_format: Annotated[
        Literal["keep", "jpg", "png"] | None,
        typer.Option(help="The encoding of images in OUT; jpg for VOC, else keep, when not given.", show_default=False),
    ] = None

    def named_images(self, default: Literal["keep", "jpg"] = "keep") -> str:
        """Return what follows a frame's name in the name of its image in the output."""
        wanted = self.image_format or default
        stem, _, ending = self.image_suffix.rpartition(".")
        return f"{stem}.{ending if wanted == 'keep' else wanted}"


@dataclass(frozen=True, kw_only=True)
class DivisionOptions:
    """What the files of a data set are divided by."""

    split_by: Annotated[
        Literal["split", "city"], typer.Option(help="Divide the output into the official splits, or into the cities.")
    ] = "split"


@dataclass(frozen=True, kw_only=True)
class OutputOptions(ImageNameOptions, SourceOptions):
    """Which frames, where to, with which images."""

    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", show_default=False, help="The folder to write to.")]
    images: Annotated[
        Literal["none", "symlink", "hardlink", "copy"], typer.Option(help="Bring the images along, and how.")
    ] = "none"
    image_root: Annotated[
        Path | None,
        typer.Option(metavar="DIR|ZIP", help="Where the images are, when not beside SRC in leftImg8bit."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class DividedOutputOptions(DivisionOptions, OutputOptions):
    """The same for outputs with files for each part of the data set."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """How a conversion is run."""

    jobs: Annotated[
        int | None, typer.Option("-j", "--jobs", min=1, metavar="N", help="Worker processes; all cores when not given.")
    ] = None
    on_error: Annotated[
        Literal["fail", "skip"],
        typer.Option(help="With bad frames, write nothing, or leave them out; either way all of them are named."),
    ] = "fail"
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what exists.")] = False
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="List the files that would be written, and write none.")
    ] = False
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what was done as JSON; - for standard output.")
    ] = None
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")] = False
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say what was left out, class by class.")] = False
    no_progress: Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")] = False


@dataclass(frozen=True, kw_only=True)
class ClassOptions:
    """Which classes, and what becomes of groups."""

    classes: Annotated[
        str | None,
        typer.Option(
            metavar="PRESET|NAME,...",
            help="instances (8 evaluated things), things (10), eval (19), labels (the table), "
            "raw (all 40 names as drawn), or names separated by commas.",
        ),
    ] = None
    class_map: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file that merges, renames or drops classes.")
    ] = None
    groups: Annotated[
        Literal["crowd", "drop", "merge", "class"],
        typer.Option(help="What becomes of groups such as cargroup: a crowd, nothing, one object, a class of its own."),
    ] = "crowd"

    def selection(self, default: str) -> Selection:
        """Return the classes asked for, or those of a preset."""
        from cityconv.source.classes import read_class_map, select_classes

        if self.class_map is None:
            return select_classes(default if self.classes is None else self.classes, self.groups)
        if self.classes is not None:
            raise UsageError("--classes and --class-map exclude each other")
        if self.groups == "class":
            raise UsageError("--groups class: with --class-map, name the groups in the class map")
        return read_class_map(self.class_map, self.groups)


@dataclass(frozen=True, kw_only=True)
class MinAreaOptions:
    """Which size of a region counts."""

    min_area: Annotated[
        int, typer.Option(min=1, metavar="PX", help="Leave out regions of fewer pixels."), Meta(ge=1)
    ] = 1


@dataclass(frozen=True, kw_only=True)
class RegionOptions(MinAreaOptions, ClassOptions):
    """Which part of an object counts."""

    extent: Annotated[
        Literal["visible", "full"], typer.Option(help="What is left of an object after occlusion, or all as drawn.")
    ] = "visible"
