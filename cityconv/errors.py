"""What can go wrong with a user's input or output, each class with the exit status it ends the program with.

Everything below `cli/` raises these and nothing else for a user's mistake; `cli/` turns them into one line.
"""

from __future__ import annotations

_LONGEST_QUOTE = 80  # characters


class CityconvError(Exception):
    """A mistake that the user can mend: what is wrong, and where it helps, what to try.

    Attributes:
        hint: one sentence on what to do next, or an empty string.
        exit_status: the status that the command ends with.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[type[CityconvError], tuple[str, str]]:
        # Exceptions travel from the workers by pickle, which would lose the hint.
        return type(self), (str(self), self.hint)


class UsageError(CityconvError):
    """The command line itself is wrong, whatever the data."""

    exit_status = 2


class SourceError(CityconvError):
    """The data set cannot be found or opened, or holds nothing that was asked for."""


class AnnotationError(CityconvError):
    """One annotation file is unreadable or breaks a rule of the format."""


class ImageError(CityconvError):
    """An image that was asked for is missing or unreadable."""


class OutputError(CityconvError):
    """The output cannot be written, or is in the way."""


class WorkerError(CityconvError):
    """A worker process died or hit an internal error on a frame."""


def quoted(text: str) -> str:
    """Return what a user wrote as messages show it: in quotes, on one line, and cut where it is long."""
    return repr(text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "...")
