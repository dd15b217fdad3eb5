"""Findings, and the checks that collect them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from cityconv.errors import MAX_LINE, cut, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cityconv.source.frame import Frame

Id = TypeVar("Id", bound=int | str)
MAX_FINDINGS = 10_000  # of one file, or one frame

FindingKind = Literal[
    "annotation",  # the annotation cannot be read, so there is nothing to compare with
    "missing",  # an expected file or frame
    "extra",  # an unexpected file or frame
    "changed",  # a file whose content is not what its manifest records
    "unreadable",  # a file that is damaged or breaks a rule of its format
    "size",  # image dimensions other than the annotation's
    "pixels",  # pixels of a PNG
    "missing_object",  # an object of the annotation that is not in the output
    "extra_object",  # an object of the output that is not in the annotation
    "mask",  # the pixels of an object
    "box",  # the box of an object
    "class",  # a class that is wrong, unknown, or misnamed
    "range",  # a coordinate outside the image, or not finite
    "value",  # any other attribute of an object, a frame, or the data set
]


@dataclass(frozen=True)
class Finding:
    """One discrepancy. Its texts are cut to 2,000 characters, since they may quote anything that is in a file.

    Attributes:
        kind: its kind.
        file: the file that has it, or the missing file.
        message: the discrepancy in words.
        frame: the frame or the image, if the file covers several.
    """

    kind: FindingKind
    file: str
    message: str
    frame: str = ""

    def __post_init__(self) -> None:
        for name in ("file", "message", "frame"):
            if len(text := getattr(self, name)) > MAX_LINE:
                object.__setattr__(self, name, cut(text))

    def __str__(self) -> str:
        """The finding as one line. Unprintable characters, which file names may contain, are escaped."""
        return one_line(": ".join(part for part in (self.file, self.frame, self.message) if part))


class Checked(NamedTuple):
    """The comparison of one frame.

    Attributes:
        frame: the frame.
        compared: the number of compared items by their name in the plural, such as rows, and of differing pixels.
        findings: the discrepancies.
    """

    frame: Frame
    compared: Mapping[str, int]
    findings: list[Finding]


@dataclass
class Check:
    """The comparison of one output, or of the released PNGs, with the annotations.

    Attributes:
        name: the format, or `released`.
        frames: the frames to compare, each by a call of `work`.
        work: compares one frame. Picklable, without state.
        tasks: the tasks that the format has.
        findings: the discrepancies of the data set as a whole, followed by those of the frames taken so far.
        notes: options that were inferred from the files.
        compared: the totals of `Checked.compared` over the frames taken so far.
    """

    name: str
    frames: Sequence[Frame]
    work: Callable[[Frame], Checked]
    tasks: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)

    def take(self, results: Iterable[Checked]) -> None:
        """Add the results of frames, given in any order."""
        found: list[Checked] = []
        for result in results:
            self.compared.update(result.compared)
            if result.findings:
                found.append(result)
        for result in sorted(found, key=lambda result: result.frame):
            self.findings += result.findings


def duplicates(ids: Iterable[Id]) -> list[Id]:
    """Return the ids that occur more than once."""
    return [one for one, count in Counter(ids).items() if count > 1]


def abridge(findings: Iterable[Finding], most: int = MAX_FINDINGS) -> Iterator[Finding]:
    """Yield the first findings, and if there are more, one that says so. The others are not even made."""
    waiting = iter(findings)
    yield from islice(waiting, most)
    if (further := next(waiting, None)) is not None:
        yield Finding(
            further.kind, further.file, f"more than {most:,} findings; the others are left out", further.frame
        )
