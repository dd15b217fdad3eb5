"""What stores say when they fail, in one line and without secrets."""

from __future__ import annotations

import errno
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cityconv.errors import quoted
from cityconv.storage.environment import variables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cityconv.storage.url import StoreUrl

DENIED = "the store denies access"
_MEANINGS = {
    "error sending request": "the store cannot be reached",
    "response body error": "the connection was cut",
    "Missing AccessKeyId": "AWS_ACCESS_KEY_ID is not set",
    "Missing SecretAccessKey": "AWS_SECRET_ACCESS_KEY is not set",
    "Account must be specified": "AZURE_STORAGE_ACCOUNT_NAME is not set",
}
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
    except BaseException as error:
        if not is_panic(error):
            raise
        raise StoreError(errno.EIO, words_of(error), str(url)) from None


def is_panic(error: BaseException) -> bool:
    """Return whether obstore has met a defect of its own, of a class that cannot be imported."""
    return type(error).__name__ == "PanicException"


def words_of(error: BaseException) -> str:
    """Say what an error of a store means."""
    text = re.sub(r"^Generic \w+ error: ", "", str(error).partition("\n")[0])
    if is_panic(error):
        return f"internal error of obstore: {text}"
    if type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError") or "status code: 403" in text:
        return DENIED
    if status := _STATUS.search(text):  # an object that is missing is a FileNotFoundError
        return "there is no such bucket" if status[1].startswith("404") else f"the store answers {status[1].strip()}"
    for said, meaning in _MEANINGS.items():
        if said in text:
            return meaning
    if wrong := re.search(r'failed to parse "(.*)" as boolean', text):
        return f"{variables_of(wrong[1])} is neither true nor false: {quoted(wrong[1])}"
    return re.sub(r"[a-z0-9+]+://\S+", "...", text)[:200]
