"""The files that an output should have, against those that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cityconv.check.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cityconv.source.layout import Frame

_IMAGES = "images"


def file_findings(out: Path, pattern: str, expected: Iterable[str]) -> list[Finding]:
    """Return the missing files, and the extra files that match a pattern.

    Args:
        out: the output folder.
        pattern: a glob for all files of one kind, relative to the output folder.
        expected: the paths of the expected files, relative to the output folder, with `/`.
    """
    wanted = set(expected)
    present = {path.relative_to(out).as_posix() for path in out.glob(pattern) if path.is_file()}
    return [
        *(Finding("missing", str(out / path), "missing") for path in sorted(wanted - present)),
        *(Finding("extra", str(out / path), "belongs to no selected frame") for path in sorted(present - wanted)),
    ]


def image_findings(out: Path, folder: str, expected: Iterable[str]) -> list[Finding]:
    """Return the missing and extra images below a folder; none if the output has no such folder."""
    return file_findings(out, f"{folder}/**/*", expected) if (out / folder).is_dir() else []


def has_images_by_subset(out: Path) -> bool:
    """Return whether an output has image folders per subset."""
    return (out / _IMAGES).is_dir()


def images_by_subset_findings(out: Path, frames: Iterable[Frame]) -> list[Finding]:
    """Return the missing and extra images of an output with one image folder per subset."""
    expected = (f"{_IMAGES}/{frame.subset}/{path}" for frame in frames for path in frame.image_paths)
    return image_findings(out, _IMAGES, expected)
