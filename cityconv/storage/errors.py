"""What stores say when they fail, in one line and without secrets."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.storage.url import StoreUrl

DENIED = "the store denies access"
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]+)")


class StoreError(OSError):
    """A store did not do what was asked. Has `strerror` and `filename`, as errors of the system do."""


@contextmanager
def translated(url: StoreUrl) -> Iterator[None]:
    """Turn errors of a store into errors that name the URL, in one line and without what a request has in it.

    Raises:
        FileNotFoundError: there is no such object.
        FileExistsError: there is one already.
        StoreError: the store fails otherwise.
    """
    from obstore.exceptions import AlreadyExistsError, BaseError

    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(url)) from None
    except AlreadyExistsError:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(url)) from None
    except (BaseError, OSError) as error:
        raise StoreError(errno.EIO, words_of(error), str(url)) from None


def words_of(error: Exception) -> str:
    """Say what an error of a store means."""
    text = str(error).partition("\n")[0]
    if type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError") or "status code: 403" in text:
        return DENIED
    if "status code: 404" in text:  # an object that is missing is a FileNotFoundError
        return "there is no such bucket"
    if status := _STATUS.search(text):
        return f"the store answers {status[1].strip()}"
    if "error sending request" in text:
        return "the store cannot be reached"
    if "response body error" in text:
        return "the connection was cut"
    return re.sub(r"[a-z0-9+]+://\S+", "...", text)[:200]
