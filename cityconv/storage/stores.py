"""Opening stores.

Requests that fail for a reason that may pass (503, time-outs, cut connections) are repeated with growing pauses.
Credentials are the store's own matter: environment, profile, or the role of the machine.
"""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from cityconv.errors import UsageError
from cityconv.storage.environment import checked_environment
from cityconv.storage.errors import is_panic, words_of
from cityconv.storage.url import MEMORY

if TYPE_CHECKING:
    from obstore.store import ObjectStore

    from cityconv.storage.url import StoreUrl

_MOST_RETRIES = 8
_RETRY_SECONDS = 60  # for all attempts of one request
_TRUE = ("true", "1", "on", "yes", "y")  # for obstore

_opened: set[int] = set()  # ids of processes; see `is_in_use`


def is_available() -> bool:
    """Return whether this process can read from stores."""
    try:
        import obstore  # noqa: F401
    except ImportError:
        return False
    return True


def is_in_use() -> bool:
    """Return whether this process has opened a store. Its threads do not survive a fork: a child would wait."""
    return os.getpid() in _opened


def store_of(url: StoreUrl) -> ObjectStore:
    """Return the store of a URL, which this process keeps open.

    Raises:
        UsageError: obstore is not installed, or what the store needs to know is missing or wrong.
    """
    _opened.add(os.getpid())
    return _open(url.store)


@cache  # also of what is in memory
def _open(root: str) -> ObjectStore:
    """Return the store with this scheme and bucket."""
    try:
        from obstore.exceptions import BaseError
        from obstore.store import MemoryStore, from_url
    except ImportError as error:
        extra = root.partition(":")[0]
        raise UsageError(f"{root}: needs obstore: {error}", f"pip install 'cityconv[{extra}]'") from None
    if root.startswith(f"{MEMORY}:"):
        return MemoryStore()
    with checked_environment(root):
        options: dict[str, Any] = {"credential_provider": provider} if (provider := _profile(root)) else {}
        try:
            return from_url(
                root,
                client_options={"allow_http": True},  # of servers that the user has named; by default all is encrypted
                retry_config={"max_retries": _MOST_RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
                **options,
            )
        except BaseException as error:
            if not (isinstance(error, (BaseError, ValueError)) or is_panic(error)):
                raise
            raise UsageError(f"{root}: {words_of(error)}") from None


def _profile(root: str) -> Any:  # noqa: ANN401 - of boto3
    """Return credentials of a profile, which only boto3 reads; None where the environment or the machine has them."""
    is_public = os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in _TRUE
    if not root.startswith("s3:") or "AWS_ACCESS_KEY_ID" in os.environ or is_public or not _has_profiles():
        return None
    try:
        from obstore.auth.boto3 import Boto3CredentialProvider

        return Boto3CredentialProvider()
    except ImportError as error:
        raise UsageError(f"{root}: a profile needs boto3: {error}", "pip install 'cityconv[s3]'") from None
    except Exception as error:  # botocore has many
        raise UsageError(f"{root}: {error}") from None


def _has_profiles() -> bool:
    files = {"AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials", "AWS_CONFIG_FILE": "~/.aws/config"}
    paths = (os.path.expanduser(os.environ.get(name, path)) for name, path in files.items())  # noqa: PTH111 - works without a home
    return "AWS_PROFILE" in os.environ or any(map(os.path.isfile, paths))
