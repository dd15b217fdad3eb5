"""The variables that lead to a store. obstore reads them itself, and panics at values that no request can have."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cityconv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIXES = {"s3": "AWS_", "gs": "GOOGLE_", "az": "AZURE_"}
_SERVERS = {
    *("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"),
    *("AZURE_ENDPOINT", "AZURE_STORAGE_ENDPOINT"),
    "GOOGLE_BASE_URL",
}
_IN_REQUESTS = {
    *_SERVERS,
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_TOKEN"),
    *("AWS_REGION", "AWS_DEFAULT_REGION"),
    *("AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_TOKEN"),
}


@contextmanager
def checked_environment(root: str) -> Iterator[None]:
    """A context for opening a store, given by scheme and bucket. In it, variables that are empty are not set.

    Raises:
        UsageError: a variable has a value that cannot be right.
    """
    prefix = _PREFIXES[root.partition(":")[0]]
    own = {name: value for name, value in os.environ.items() if name.startswith(prefix)}
    for name in sorted(own.keys() & _IN_REQUESTS):
        _check(root, name, own[name])
    empty = [name for name, value in own.items() if not value]
    for name in empty:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.update(dict.fromkeys(empty, ""))


def variables_of(value: str) -> str:
    """Return the names of the variables of stores that have a value."""
    prefixes = tuple(_PREFIXES.values())
    return ", ".join(name for name, other in os.environ.items() if name.startswith(prefixes) and other == value)


def _check(root: str, name: str, value: str) -> None:  # the value may be secret, so it is not shown
    if re.search(r"[\s\0-\x1f\x7f]", value):
        raise UsageError(f"{root}: {name} has a blank, a line break or a control character in it")
    if value and name in _SERVERS and not _is_server(value):
        raise UsageError(f"{root}: {name} is not the URL of a server", f"{name}=https://HOST:PORT")


def _is_server(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0 and text.isascii()
    except ValueError:  # no port, or no IPv6 address
        return False
