"""The summary of a conversion, and reports as versioned JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from cityconv.errors import counted
from cityconv.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cityconv.engine.journal import FrameResult
    from cityconv.errors import CityconvError
    from cityconv.storage.url import Location

REPORT_VERSION = 2  # of conversion and verification reports; raised when a field is renamed, removed, or redefined


class Report(TypedDict):
    """The first fields of reports of conversions and verifications."""

    report_version: Literal[2]
    tool: Literal["cityconv"]
    tool_version: str


class BadFrame(TypedDict):
    """A frame that could not be converted."""

    file: str
    error: str


class FrameCounts(TypedDict):
    """The selected frames by result. Converted frames include resumed ones."""

    found: int
    converted: int
    resumed: int
    bad: list[BadFrame]


class OutputCounts(TypedDict):
    """What was written to one output, and the number of skipped objects by reason and annotated name."""

    name: str
    unit: str
    written: int
    skipped: dict[str, dict[str, int]]


class ConversionFields(TypedDict):
    """The other fields of the report of a conversion."""

    options: dict[str, Any]
    frames: FrameCounts
    objects: int
    outputs: list[OutputCounts]
    notes: list[str]
    seconds: float


class ConversionReport(ConversionFields, Report):
    """The report of a conversion, `--report` of the converters and of `run`."""


@dataclass
class FormatSummary:
    """What was written to one output.

    Attributes:
        name: name of the output.
        unit: what `written` counts, in the plural.
        by_split: number of units written, by split.
        skipped: number of skipped objects by reason and annotated name.
        differing: number of pixels that differ from the source, as `--tolerance` allows.
    """

    name: str
    unit: str
    by_split: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, Counter[str]] = field(default_factory=dict)
    differing: int = 0

    @property
    def written(self) -> int:
        """Number of units written."""
        return self.by_split.total()


@dataclass
class Summary:
    """The summary of a conversion.

    Attributes:
        frames: number of selected frames.
        outputs: one summary per output.
        splits: number of converted frames by split.
        objects: number of objects in the converted frames, without deleted ones.
        overlap: number of pixels of masks that other masks hide.
        overlapping: number of frames that have such pixels.
        bad: file and error of each frame that could not be converted.
        resumed: number of frames already converted by the unfinished run that was resumed.
        notes: remarks for the user, one sentence each.
        unknown_labels: number of objects by label, for labels in bad frames that are not in the label table.
        seconds: duration in seconds.
        is_published: whether the output was written.
        paths: of a dry run, the files that would be written; a path that ends with `/` is that of a folder.
    """

    frames: int
    outputs: list[FormatSummary]
    splits: Counter[str] = field(default_factory=Counter)
    objects: int = 0
    overlap: int = 0
    overlapping: int = 0
    bad: list[tuple[str, CityconvError]] = field(default_factory=list)
    resumed: int = 0
    notes: list[str] = field(default_factory=list)
    unknown_labels: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    is_published: bool = False
    paths: list[Location] = field(default_factory=list)

    @property
    def converted(self) -> int:
        """Number of converted frames."""
        return self.frames - len(self.bad)

    @property
    def all_notes(self) -> list[str]:
        """The notes, also on pixels that are lost, and on each split that an output has nothing of, such as test."""
        return [*self.notes, *self._pixel_notes()] + [
            f"{output.name}: 0 {output.unit} in the {counted(frames, 'frame')} of split {split}; --require-annotations "
            "leaves out frames without annotations"
            for output in self.outputs
            for split, frames in sorted(self.splits.items())
            if not output.by_split[split]
        ]

    def _pixel_notes(self) -> list[str]:
        notes = [
            f"{output.name}: {output.differing:,} pixels differ from the source, as --tolerance allows"
            for output in self.outputs
            if output.differing
        ]
        if self.overlap:
            where = f"{self.overlap:,} pixels of masks in {counted(self.overlapping, 'frame')}"
            notes.append(f"{where} are under other masks; --front says which masks are in front")
        return notes

    def add(self, result: FrameResult, split: str) -> None:
        """Add the counts of a converted frame, which is in a split."""
        self.objects += result.objects
        self.overlap += result.overlap
        self.overlapping += result.overlap > 0
        self.splits[split] += 1
        for output, counts in zip(self.outputs, result.format_results, strict=True):
            output.by_split[split] += counts.written
            output.differing += counts.differing
            for reason, name, number in counts.skipped:
                output.skipped.setdefault(reason, Counter())[name] += number


def report_json(summary: Summary, options: Mapping[str, object]) -> bytes:
    """Return the report of a conversion as JSON.

    Args:
        summary: the summary of the conversion.
        options: its options, by name.
    """
    fields: ConversionFields = {
        "options": dict(options),
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
        "notes": summary.all_notes,
        "seconds": round(summary.seconds, 3),
    }
    return encode_report(fields)


def encode_report(fields: Mapping[str, object]) -> bytes:
    """Return a report as JSON, indented by 2 spaces, that begins with its version and the tool.

    Args:
        fields: the other fields of the report; values that JSON has no type for, such as paths, are written as strings.
    """
    document = {"report_version": REPORT_VERSION, "tool": "cityconv", "tool_version": __version__, **fields}
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    # A path that is not valid UTF-8 contains surrogates, which only an escape like \udcff can represent in JSON.
    return text.encode("utf-8", "backslashreplace") + b"\n"
