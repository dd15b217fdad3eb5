"""Errors in the user's input or output, each with the exit status of the command.

Everything below `cli/` reports a user's mistake by raising one of these; `cli/` prints it as one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MAX_QUOTED = 80  # characters
_SHOWN = 8  # names in a hint
MAX_LINE = 2_000  # characters of a message


class CityconvError(Exception):
    """An error that the user can fix. The message says what is wrong.

    Attributes:
        hint: what to try next, in one sentence; may be empty.
        exit_status: exit status of the command.
    """

    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __reduce__(self) -> tuple[type[CityconvError], tuple[object, ...]]:
        # Workers send exceptions by pickle, which by default loses the hint.
        return type(self), (str(self), self.hint)


class UsageError(CityconvError):
    """The command line or a recipe is wrong: the same one can never succeed."""

    exit_status = 2


class UnknownNameError(UsageError):
    """A path, a split or a city that an option names does not exist."""


class SourceError(CityconvError):
    """The data set cannot be opened, or contains nothing that was requested."""


class NothingFoundError(SourceError):
    """The data set has no annotations of the requested kind."""


class AnnotationError(CityconvError):
    """An annotation file is unreadable or violates the format."""


class UnknownLabelError(AnnotationError):
    """Objects of an annotation have labels that the label table does not have.

    Attributes:
        labels: the number of objects by label.
    """

    def __init__(self, message: str, labels: Mapping[str, int]) -> None:
        super().__init__(message)
        self.labels = dict(labels)

    def __reduce__(self) -> tuple[type[CityconvError], tuple[object, ...]]:
        return type(self), (str(self), self.labels)


class BadFramesError(CityconvError):
    """Frames were bad, so nothing was written.

    Attributes:
        bad: the annotation file of each bad frame, and what is wrong with it.
    """

    def __init__(self, message: str, bad: Iterable[tuple[str, CityconvError]]) -> None:
        super().__init__(message)
        self.bad = list(bad)

    def __reduce__(self) -> tuple[type[CityconvError], tuple[object, ...]]:
        return type(self), (str(self), self.bad)


class ImageError(CityconvError):
    """A requested image is missing or unreadable."""


class OutputError(CityconvError):
    """The output cannot be written, or exists already."""


class WorkerError(CityconvError):
    """A worker process died or hit an internal error on a frame."""


_MAX_CAUSE = 500  # characters
_OUT_OF_MEMORY = ("failed to map segment", "cannot allocate memory", "Cannot allocate memory")  # as the loader says


def explain_import_error(error: ImportError) -> tuple[str, str]:
    """Return a message and a hint for a library that cannot be loaded, which is no defect of cityconv.

    The system's own message is at the bottom of the chain of causes; what numpy adds on top is a page long.
    """
    cause: BaseException = error
    while isinstance(earlier := cause.__cause__ or cause.__context__, ImportError):
        cause = earlier
    text = " ".join(str(cause).split())[:_MAX_CAUSE]
    if any(words in text for words in _OUT_OF_MEMORY):
        return (
            f"out of memory: cannot load a library: {text}",
            "raise the memory limit (`ulimit -v`), or use fewer --jobs",
        )
    return f"cannot load a library: {text}", "the installation is incomplete or damaged; reinstall cityconv"


def counted(number: int, noun: str) -> str:
    """Return a number with a noun, which is given in the singular and takes an s in the plural: `1 frame`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def quoted(text: str) -> str:
    """Return user input for a message: quoted, with control characters escaped, and truncated to 80 characters."""
    return repr(text if len(text) <= _MAX_QUOTED else text[:_MAX_QUOTED] + "...")


def suggestion(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a hint for an unknown name: the known name that it resembles, or else the known ones, 8 at most.

    Args:
        name: the unknown name.
        known: the known names.
        otherwise: the hint if no known name resembles it, in place of the list.
    """
    from difflib import get_close_matches

    names = list(dict.fromkeys(known))
    if close := get_close_matches(name, names, n=1):
        return f"did you mean {quoted(close[0])}?"
    shown = ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])
    return otherwise or f"available: {shown or 'none'}"


def one_line(text: str) -> str:
    """Return text as a line of at most 2,000 characters, with control characters escaped: file names can hold anything.

    A longer line is cut in the middle, since messages begin with a file and may end with a path.
    """
    return cut("".join(character if character.isprintable() else repr(character)[1:-1] for character in cut(text)))


def cut(text: str) -> str:
    """Return text of at most 2,000 characters, with its middle left out if it is longer."""
    return text if len(text) <= MAX_LINE else f"{text[: MAX_LINE // 2]} ... {text[-MAX_LINE // 4 :]}"
