"""Reading, writing, listing and deleting objects in stores."""

from __future__ import annotations

import errno
import os
import threading
from functools import cache
from hashlib import blake2b
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cityconv.storage.errors import StoreError, translated
from cityconv.storage.stores import store_of
from cityconv.storage.url import StoreUrl

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from obstore.store import ObjectStore

Item = TypeVar("Item")
Result = TypeVar("Result")

_SIGNAL_SECONDS = 1  # a signal just before a thread begins to wait is not handled before the wait ends
_PARALLEL = 16  # requests
_PAGE = 1000  # objects of a listing or a deletion; the most that S3 gives or takes in one request


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
            with translated(url):
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
    store = store_of(url)
    with translated(url):
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
        store = store_of(page[0])
        with translated(page[0]):
            store.delete([url.key for url in page])


def _info(url: StoreUrl, item: Any) -> ObjectInfo:  # noqa: ANN401 - a dictionary of obstore's
    tag = (item["e_tag"] or item["last_modified"].isoformat()).strip('"')  # some stores leave out the quotes in lists
    return ObjectInfo(url, item["size"], tag)


def _request(url: StoreUrl, work: Callable[[ObjectStore], Result]) -> Result:
    """Return the result of work on a store; raises as `translated` does.

    In the main thread, signals end it at once: another thread does the work, since obstore waits with signals blocked.
    """
    from concurrent.futures import Future, wait  # takes as long to load as all else of a worker

    store = store_of(url)
    with translated(url):
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
