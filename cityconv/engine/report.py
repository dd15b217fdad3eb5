"""What a run did: counted for people, and as versioned JSON for scripts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cityconv import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cityconv.engine.journal import FrameResult
    from cityconv.errors import CityconvError

REPORT_VERSION = 1


@dataclass
class FormatSummary:
    """What came of one output.

    Attributes:
        name: the output's name.
        unit: what is counted.
        written: how many.
        skipped: how many objects are not shown, by reason and drawn name.
    """

    name: str
    unit: str
    written: int = 0
    skipped: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass
class Summary:
    """What a run did.

    Attributes:
        frames: number of frames that were to be converted.
        objects: number of objects in the frames that were converted, deleted ones not counted.
        outputs: what came of each output.
        bad: each frame that could not be converted, and why.
        resumed: number of frames whose results an unfinished run left.
        notes: what else the user should know.
        seconds: how long it took.
        is_published: whether the output was written.
    """

    frames: int
    outputs: list[FormatSummary]
    objects: int = 0
    bad: list[tuple[str, CityconvError]] = field(default_factory=list)
    resumed: int = 0
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    is_published: bool = False

    @property
    def converted(self) -> int:
        """Number of frames that were converted."""
        return self.frames - len(self.bad)

    def add(self, result: FrameResult) -> None:
        """Count the result of a converted frame."""
        self.objects += result.objects
        for output, tally in zip(self.outputs, result.outputs, strict=True):
            output.written += tally.written
            for reason, name, number in tally.skipped:
                output.skipped.setdefault(reason, Counter())[name] += number


def report_json(summary: Summary, options: Mapping[str, object]) -> bytes:
    """Return the report of a run as JSON.

    Args:
        summary: what the run did.
        options: the options that it ran with.
    """
    document = {
        "report_version": REPORT_VERSION,
        "tool": "cityconv",
        "tool_version": __version__,
        "options": options,
        "frames": {
            "found": summary.frames,
            "converted": summary.converted,
            "resumed": summary.resumed,
            "bad": [{"file": file, "error": str(error)} for file, error in summary.bad],
        },
        "objects": summary.objects,
        "outputs": [
            {
                "name": output.name,
                "unit": output.unit,
                "written": output.written,
                "skipped": {reason: dict(sorted(names.items())) for reason, names in sorted(output.skipped.items())},
            }
            for output in summary.outputs
        ],
        "notes": summary.notes,
        "seconds": round(summary.seconds, 3),
    }
    # A path may hold bytes that are no text; what stands for them has no UTF-8, but an escape in JSON.
    return json.dumps(document, indent=2, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace") + b"\n"
