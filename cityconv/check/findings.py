"""What a verification finds, and the sum of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from cityconv import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cityconv.source.layout import Frame

REPORT_VERSION = 1

FindingKind = Literal[
    "annotation",  # the polygons themselves cannot be read, so there is nothing to compare with
    "missing",  # a file or a frame that should be there
    "extra",  # a file or a frame that should not
    "unreadable",  # a file that is damaged or breaks a rule of its format
    "size",  # an image of another size than the annotation's
    "pixels",  # pixels of a PNG
    "missing_object",  # an object that the annotation has
    "extra_object",  # an object that it has not
    "mask",  # an object's pixels
    "box",  # an object's box
    "class",  # a class that is another one, out of range, or called otherwise
    "range",  # a coordinate outside the image, or none at all
    "value",  # anything else that is said of an object, a frame or the data set
]


class Finding(NamedTuple):
    """One thing that does not hold.

    Attributes:
        kind: what sort of thing.
        file: the file that it was found in, or that is missing.
        what: what is wrong.
        frame: the frame, where the file is about several.
    """

    kind: FindingKind
    file: str
    what: str
    frame: str = ""

    def __str__(self) -> str:
        """The finding as one line; file names can hold anything, so what would break the line is spelt out."""
        text = ": ".join(part for part in (self.file, self.frame, self.what) if part)
        return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


class Checked(NamedTuple):
    """What came of one frame.

    Attributes:
        frame: which.
        compared: how many things of each sort were compared, and how many pixels differ.
        findings: what does not hold.
    """

    frame: Frame
    compared: Mapping[str, int]
    findings: list[Finding]


@dataclass
class Check:
    """One output, or the released PNGs, to be compared with the annotations.

    Attributes:
        name: what it is: the format, or `released`.
        frames: the frames to compare, each of them with `work`.
        work: compares one frame; picklable, keeps no state.
        tasks: the tasks that the format has.
        findings: what was found without looking at single frames, and then what the frames come to.
        notes: what was concluded from the files, because no option said it.
        compared: sums of what the frames come to.
    """

    name: str
    frames: list[Frame]
    work: Callable[[Frame], Checked]
    tasks: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)

    def take(self, results: list[Checked]) -> None:
        """Count the results of frames, which may come in any order."""
        for result in sorted(results, key=lambda result: result.frame):
            self.compared.update(result.compared)
            self.findings += result.findings


def report_json(checks: list[Check], options: Mapping[str, object], seconds: float) -> bytes:
    """Return all that was compared and found as JSON.

    Args:
        checks: what was done.
        options: the options that it was done with.
        seconds: how long it took.
    """
    document = {
        "report_version": REPORT_VERSION,
        "tool": "cityconv",
        "tool_version": __version__,
        "options": options,
        "checks": [
            {
                "name": check.name,
                "frames": len(check.frames),
                "compared": dict(sorted(check.compared.items())),
                "notes": check.notes,
                "findings": [finding._asdict() for finding in check.findings],
            }
            for check in checks
        ],
        "holds": not any(check.findings for check in checks),
        "seconds": round(seconds, 3),
    }
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2) + b"\n"
