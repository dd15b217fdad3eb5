"""What a run leaves out: bad frames and skipped objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.cli.messages import print_error, print_hint, print_message
from cityconv.errors import CityconvError, counted, quoted

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from cityconv.source.labels.table import LabelTable
    from cityconv.vocabulary import SkipReason

_REASONS: dict[SkipReason, str] = {
    "class": "of classes that are not selected",
    "group": "drawn as a group",
    "unknown": "with a label that is not in the label table",
    "empty": "with an empty polygon or mask",
    "outside": "without a pixel in the image",
    "hidden": "hidden behind others",
    "size": "without a pixel in this --size",
    "min_area": "smaller than --min-area",
}


def print_bad_frames(errors: Sequence[CityconvError], unknown_labels: Counter[str], table: LabelTable) -> None:
    """Print what is wrong with each bad frame, and the labels in these that the table does not have."""
    for error in errors:
        print_error(str(error))
    for hint in dict.fromkeys(error.hint for error in errors if error.hint):
        print_hint(hint)
    if unknown_labels:
        _print_unknown_labels(unknown_labels, table)


def print_nothing_written(bad: int, frames: int) -> None:
    """Print that bad frames, of all frames, prevented the output."""
    of_all = f"{counted(frames, 'frame')} {'is' if frames == 1 else 'are'}"
    print_message(f"{bad:,} of {of_all} bad; nothing was written")


def _print_unknown_labels(counts: Counter[str], table: LabelTable) -> None:
    """Print all labels that the table does not have, and the line that would add each to a table."""
    from cityconv.source.labels.draft import draft_labels
    from cityconv.source.labels.text import label_toml

    names = sorted(counts, key=lambda name: (-counts[name], name))
    listed = ", ".join(f"{quoted(name)} ({counts[name]:,})" for name in names)
    print_error(f"not in the label table {table.name}: {listed}")
    print_hint(
        "--unknown-labels drop skips their objects; --labels FILE takes a table that has them, such as these rows:"
    )
    for label in draft_labels(names, table):
        print_message(f"    {label_toml(label, table.more_schemes)},")


def skipped_lines(skipped: Mapping[str, Counter[str]], verbose: bool) -> list[str]:
    """Return lines on the skipped objects, given by reason and name; with `verbose` also on each name."""
    lines = []
    for reason, text in _REASONS.items():
        if names := skipped.get(reason):
            lines.append(f"  skipped: {counted(names.total(), 'object')} {text}")
            if verbose:
                lines += [f"    {number:>9,} {name}" for name, number in sorted(names.items())]
    return lines
