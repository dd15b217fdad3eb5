"""Reading, writing, listing and deleting objects in stores.

Requests that fail for a reason that may pass (503, time-outs, cut connections) are repeated with growing pauses.
Credentials are the store's own matter: environment, profile, or the role of the machine.
"""

from __future__ import annotations

import errno
import os
import re
import threading
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from hashlib import blake2b
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cityconv.errors import UsageError
from cityconv.storage.url import MEMORY, StoreUrl

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from obstore.store import ObjectStore

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_RETRIES = 8
_RETRY_SECONDS = 60  # for all attempts of one request
_SIGNAL_SECONDS = 1  # a signal just before a thread begins to wait is not handled before the wait ends
_PARALLEL = 16  # requests
_PAGE = 1000  # objects of a listing or a deletion; the most that S3 gives or takes in one request
DENIED = "the store denies access"
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]+)")

_opened: set[int] = set()  # ids of processes; see `is_in_use`


class StoreError(OSError):
    """A store did not do what was asked. Has `strerror` and `filename`, as errors of the system do."""


class ObjectInfo(NamedTuple):
    """What a store tells of an object.

    Attributes:
        url: its URL.
        size: in bytes.
        tag: tells that it is still the same object: its ETag, or else when it was changed.
    """

    url: StoreUrl
    size: int
    tag: str

    @property
    def stamp(self) -> tuple[int, int]:
        """Size and tag as numbers."""
        return self.size, int.from_bytes(blake2b(self.tag.encode(), digest_size=7).digest())


def list_objects(url: StoreUrl) -> Iterator[ObjectInfo]:
    """Yield the objects below a URL, in the order of their keys where the store has one; raises StoreError.

    Among them may be empty objects that consoles create for folders. Their keys end with `/`, which obstore cuts off,
    so that they cannot be read. That of the URL itself is left out.
    """
    pages = _request(url, lambda store: store.list(url.key or None, chunk_size=_PAGE))
    while page := _request(url, lambda _: next(pages, None)):
        found = (_info(StoreUrl(url.store, item["path"]), item) for item in page)
        yield from (item for item in found if item.url != url)


def list_folders(url: StoreUrl) -> list[StoreUrl]:
    """Return the URLs of the folders in a folder; raises StoreError."""
    found = _request(url, lambda store: store.list_with_delimiter(url.key or None))
    return [StoreUrl(url.store, path) for path in found["common_prefixes"]]


def find_object(url: StoreUrl) -> ObjectInfo | None:
    """Return what the store tells of an object, or None if there is no such object; raises StoreError."""
    if not url.key:
        return None
    try:
        return _info(url, _request(url, lambda store: store.head(url.key)))
    except FileNotFoundError:
        return None


def read_object(url: StoreUrl, check_size: Callable[[int], None] = lambda _: None) -> bytes:
    """Return the content of an object.

    Args:
        url: its URL.
        check_size: called with the size in bytes before the content is read; may raise an error.

    Raises:
        FileNotFoundError: there is no such object.
        StoreError: the store fails.
    """

    def read(store: ObjectStore) -> bytes:
        found = store.get(url.key)
        check_size(found.meta["size"])
        return found.bytes().to_bytes()

    return _request(url, read)


def read_in_pieces(url: StoreUrl) -> Iterator[bytes]:
    """Return the content of an object in pieces of some MB, each read when it is wanted; raises as `read_object`.

    That there is such an object is found out at once.
    """
    found = _request(url, lambda store: store.get(url.key))

    def pieces() -> Iterator[bytes]:
        try:
            with _translated(url):
                yield from found.stream()
        except FileNotFoundError:  # after a cut connection
            raise StoreError(errno.EIO, "was deleted while it was read", str(url)) from None

    return pieces()


def read_range(url: StoreUrl, start: int, stop: int) -> tuple[bytes, ObjectInfo]:
    """Return a part of an object, and what the store tells of the object; raises as `read_object`.

    Args:
        url: its URL.
        start: the first byte.
        stop: one past the last. What is not there is left out, but the first byte must be there.
    """

    def read(store: ObjectStore) -> tuple[bytes, ObjectInfo]:
        found = store.get(url.key, options={"range": (start, stop)})
        return found.bytes().to_bytes(), _info(url, found.meta)

    return _request(url, read)


def write_object(url: StoreUrl, content: bytes | Path, *, create: bool = False) -> None:
    """Write an object, of bytes or of a file. It is there as a whole or not at all.

    Raises:
        FileExistsError: with `create`, there is one already.
        StoreError: it cannot be written.
    """
    store = _store_of(url)
    with _translated(url):
        store.put(url.key, content, mode="create" if create else "overwrite")


def in_parallel(work: Callable[[Item], Result], items: Sequence[Item]) -> Generator[Result]:
    """Yield the results of a function of this module, or of one that calls it, in the order of the items.

    Several requests are made at a time. What waits is given up when the generator is closed, or an item fails.
    """
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(_PARALLEL)
    try:
        for start in range(0, len(items), _PAGE):  # which bounds what waits
            yield from pool.map(work, items[start : start + _PAGE])
    finally:
        pool.shutdown(cancel_futures=True)


def delete_objects(urls: Sequence[StoreUrl]) -> None:
    """Delete objects of one store; those that do not exist are passed over. Raises StoreError."""
    for start in range(0, len(urls), _PAGE):
        page = urls[start : start + _PAGE]
        store = _store_of(page[0])
        with _translated(page[0]):
            store.delete([url.key for url in page])


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


def _info(url: StoreUrl, item: Any) -> ObjectInfo:  # noqa: ANN401 - a dictionary of obstore's
    tag = (item["e_tag"] or item["last_modified"].isoformat()).strip('"')  # some stores leave out the quotes in lists
    return ObjectInfo(url, item["size"], tag)


def _store_of(url: StoreUrl) -> ObjectStore:
    _opened.add(os.getpid())
    return _open(url.store)


@cache  # also of what is in memory
def _open(root: str) -> ObjectStore:
    """Return the store with this scheme and bucket.

    Raises:
        UsageError: obstore is not installed, or what the store needs to know is missing.
    """
    try:
        from obstore.exceptions import BaseError
        from obstore.store import MemoryStore, from_url
    except ImportError as error:
        extra = root.partition(":")[0]
        raise UsageError(f"{root}: needs obstore: {error}", f"pip install 'cityconv[{extra}]'") from None
    if root.startswith(f"{MEMORY}:"):
        return MemoryStore()
    options: dict[str, Any] = {"credential_provider": provider} if (provider := _profile(root)) else {}
    try:
        return from_url(
            root,
            client_options={"allow_http": True},  # of servers that the user has named; by default all is encrypted
            retry_config={"max_retries": _MOST_RETRIES, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
            **options,
        )
    except (BaseError, ValueError) as error:
        raise UsageError(f"{root}: {_words(error)}") from None


def _profile(root: str) -> Any:  # noqa: ANN401 - of boto3
    """Return credentials of a profile, which only boto3 reads; None where the environment or the machine has them."""
    is_public = os.environ.get("AWS_SKIP_SIGNATURE", "false").lower() != "false"
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
    paths = (os.path.expanduser(os.environ.get(name, path)) for name, path in files.items())  # noqa: PTH111 - Path's fails without a home
    return "AWS_PROFILE" in os.environ or any(map(os.path.isfile, paths))


def _request(url: StoreUrl, work: Callable[[ObjectStore], Result]) -> Result:
    """Return the result of work on a store; raises as `_translated` does.

    In the main thread, signals end it at once: another thread does the work, since obstore waits with signals blocked.
    """
    from concurrent.futures import Future, wait  # takes as long to load as all else of a worker

    store = _store_of(url)
    with _translated(url):
        if threading.current_thread() is not threading.main_thread():
            return work(store)
        done: Future[Result] = Future()
        try:
            _requests(os.getpid()).put((done, work, store))
            while not done.done():
                wait([done], _SIGNAL_SECONDS)
            return done.result()
        except BaseException:
            if not done.done():
                _requests.cache_clear()  # what comes later does not wait for this one
            raise


@cache
def _requests(_process: int) -> SimpleQueue[tuple[Future[Any], Callable[[ObjectStore], Any], ObjectStore]]:
    """Return the queue of a thread that does work on stores. A process that was forked needs a thread of its own."""
    waiting: SimpleQueue[tuple[Future[Any], Callable[[ObjectStore], Any], ObjectStore]] = SimpleQueue()
    threading.Thread(target=_serve, args=(waiting,), daemon=True).start()
    return waiting


def _serve(waiting: SimpleQueue[tuple[Future[Any], Callable[[ObjectStore], Any], ObjectStore]]) -> None:
    while True:
        done, work, store = waiting.get()
        try:
            done.set_result(work(store))
        except BaseException as error:
            done.set_exception(error)


@contextmanager
def _translated(url: StoreUrl) -> Iterator[None]:
    """Turn errors of a store into errors that name the URL, in one line and without what a request has in it."""
    from obstore.exceptions import AlreadyExistsError, BaseError

    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(url)) from None
    except AlreadyExistsError:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(url)) from None
    except (BaseError, OSError) as error:
        raise StoreError(errno.EIO, _words(error), str(url)) from None


def _words(error: Exception) -> str:
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
