"""JSON files that describe many frames: which there should be, which frames each is about, and its categories."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cityconv.check.expected_options import frame_name
from cityconv.check.findings import Finding
from cityconv.errors import UsageError
from cityconv.frame.category_ids import CategoryIds, category_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cityconv.source.classes import Selection
    from cityconv.source.layout import Frame

Number = TypeVar("Number", int, str)


class Document(NamedTuple):
    """A file that should be there, and is.

    Attributes:
        path: where it is.
        frames: those that it should be about, by name; of a file with a name of its own any can be.
        is_whole: whether it should be about all of them.
    """

    path: Path
    frames: dict[str, Frame]
    is_whole: bool


def expected_documents(
    out: Path, template: str, frames: list[Frame], findings: list[Finding], others: str = ""
) -> list[Document]:
    """Return the files of an output, one for each subset; those that are missing, or one too many, are found.

    Args:
        out: the output.
        template: the path of a file, with `{split}` for the name of the subset.
        frames: all frames.
        findings: gets what is found.
        others: a pattern of file names that another output has, which are none too many.
    """
    members: dict[Path, dict[str, Frame]] = {}
    for frame in frames:
        members.setdefault(out / template.replace("{split}", frame.subset), {})[frame.name] = frame
    strays = (path for path in sorted(out.glob(template.replace("{split}", "*"))) if path not in members)
    findings += [
        Finding("extra", str(path), "of no selected part of the data set")
        for path in strays
        if not (others and path.match(others))
    ]
    findings += [Finding("missing", str(path), "missing") for path in members if not path.exists()]
    return [Document(path, own, is_whole=True) for path, own in members.items() if path.exists()]


def described_frames(document: Document, file_names: Iterable[str], findings: list[Finding]) -> dict[str, int]:
    """Return which of its images a document has for each frame.

    Args:
        document: the document.
        file_names: what it calls the files of its images.
        findings: gets the frames that are missing, strange or there twice.
    """
    file = str(document.path)
    described: dict[str, int] = {}
    for index, file_name in enumerate(file_names):
        name = frame_name(file_name.rpartition("/")[2], document.frames)
        if name is None:
            findings.append(Finding("extra", file, f"image {file_name!r} is of no frame that belongs here"))
        elif name in described:
            findings.append(Finding("extra", file, f"described twice, as {file_name!r} again", name))
        else:
            described[name] = index
    if document.is_whole:
        absent = sorted(document.frames.keys() - described)
        findings += [Finding("missing", file, "no image of this frame", name) for name in absent]
    return described


def settle_ids(selection: Selection, ids: Sequence[int], scheme: CategoryIds | None) -> list[int]:
    """Return the ids that categories should have: by the scheme, or when none is given by the one that fits best."""
    schemes: list[CategoryIds | None] = [scheme] if scheme else [None, "label", "train", "contiguous"]
    candidates = []
    for each in schemes:
        try:
            candidates.append(category_ids(selection.classes, each))
        except UsageError:
            if scheme:
                raise
    return max(candidates, key=lambda wanted: sum(one == other for one, other in zip(wanted, ids, strict=False)))


def category_findings(file: str, found: Sequence[object], wanted: Sequence[object]) -> list[Finding]:
    """Return which categories are wrong, given as a file has them and as it should, in order."""
    findings = [
        Finding("class", file, f"category {index}: {theirs} where {ours} is expected")
        for index, (theirs, ours) in enumerate(zip(found, wanted, strict=False))
        if theirs != ours
    ]
    findings += [Finding("class", file, f"category {item}, which is not expected") for item in found[len(wanted) :]]
    return findings + [Finding("class", file, f"no category {item}") for item in wanted[len(found) :]]


def repeated(numbers: Iterable[Number]) -> list[Number]:
    """Return the ids that occur more than once."""
    return [number for number, times in Counter(numbers).items() if times > 1]
