"""The interface of a format's checker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cityconv.check.expected_options import ExpectedOptions
    from cityconv.check.findings import Check
    from cityconv.source.frame import Frame


class Checker(Protocol):
    """What `cityconv.formats.<format>.checker` provides; the module itself implements this protocol."""

    def is_present(self, out: Path) -> bool:
        """Return whether an output folder holds files of this format."""
        ...

    def has_images(self, out: Path) -> bool:
        """Return whether an output folder holds a folder of images of this format."""
        ...

    def checks(self, out: Path, frames: Sequence[Frame], options: ExpectedOptions) -> list[Check]:
        """Return the checks of an output, one for each independent part of it; empty when the format is not present.

        Files of the whole data set are compared at once. The frames are compared later, by calling `Check.work`.

        Args:
            out: the output folder.
            frames: the frames that the output should cover, with the suffixes of their images there.
            options: the options that the output should have been made with.

        Raises:
            UsageError: the options contradict each other, or the classes have no values in this format.
        """
        ...
