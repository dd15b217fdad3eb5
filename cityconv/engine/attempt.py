"""One item's work, with errors that tell which item failed."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from cityconv.errors import CityconvError, explain_import_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_OUT_OF_MEMORY = "out of memory", "fewer --jobs need less memory"
_OPENCV_OUT_OF_MEMORY = -4  # cv2.Error.StsNoMem, the code of a cv2.error

Item = TypeVar("Item")
Result = TypeVar("Result")


class ItemError(Exception):
    """The work on an item failed, and not by a user's mistake.

    Attributes:
        index: index of the item.
        message: what went wrong, without the item's name.
        hint: what to try next; may be empty.
    """

    def __init__(self, index: int, message: str, hint: str = "") -> None:
        super().__init__(index, message, hint)  # the arguments that pickle creates a copy with
        self.index = index
        self.message = message
        self.hint = hint


def attempt(work: Callable[[Item], Result], items: Sequence[Item], index: int) -> Result:
    """Return the result of one item.

    Raises:
        CityconvError: raised by `work`.
        ItemError: `work` raised another exception.
    """
    try:
        return work(items[index])
    except CityconvError:
        raise
    except MemoryError:
        raise ItemError(index, *_OUT_OF_MEMORY) from None
    except ImportError as error:
        raise ItemError(index, *explain_import_error(error)) from None
    except Exception as error:
        if getattr(error, "code", None) == _OPENCV_OUT_OF_MEMORY:
            raise ItemError(index, *_OUT_OF_MEMORY) from None
        summary = traceback.format_exception_only(error)[-1].strip()
        origin = traceback.extract_tb(error.__traceback__)[-1]
        location = f"{Path(origin.filename).stem}.{origin.name}, line {origin.lineno}"
        message = f"internal error: {summary} ({location})"
        raise ItemError(index, message, "this is a bug in cityconv; please report it") from error
