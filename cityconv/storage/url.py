"""URLs of objects in stores, and of what stands for folders there."""

from __future__ import annotations

import os
import re
from abc import ABC
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_to_bytes

from cityconv.errors import UsageError, quoted

SCHEMES = ("s3", "gs", "az", "memory")  # of stores; file:// is the path of a file
MEMORY = "memory"  # what this process has put there itself

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)(.*)", re.DOTALL)
_NOT_IN_KEYS = re.compile(r"[\0-\x1f\x7f\ud800-\udfff]")  # control characters, and what is not UTF-8


@dataclass(frozen=True, order=True)
class StoreUrl:
    """The URL of an object in a store, or of a folder there: of all objects whose keys begin with its key and `/`.

    Has the methods of `pathlib.PurePath` that are needed, so that either can stand for a place of a data set.

    Attributes:
        store: scheme and bucket, such as `s3://bucket`.
        key: the key, without a `/` at either end; empty for the whole bucket.
    """

    store: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.store}/{self.key}" if self.key else self.store

    def __truediv__(self, path: object) -> StoreUrl:
        return StoreUrl(self.store, "/".join(part for part in (self.key, str(path).strip("/")) if part))

    def joinpath(self, *parts: object) -> StoreUrl:
        """Return the URL of what is below this one."""
        return self / "/".join(map(str, parts))

    def with_name(self, name: str) -> StoreUrl:
        """Return the URL of what is beside it with another name."""
        return self.parent / name

    def path_to(self, url: StoreUrl) -> str:
        """Return the path of what is below this URL, relative to it."""
        return url.key.removeprefix(f"{self.key}/") if self.key else url.key

    @property
    def scheme(self) -> str:
        """What the URL begins with, one of `SCHEMES`."""
        return self.store.partition(":")[0]

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The extension of the name, with its dot, or nothing."""
        return Path(self.name).suffix

    @property
    def parent(self) -> StoreUrl:
        """The URL of the folder above; that of a bucket is its own."""
        return StoreUrl(self.store, self.key.rpartition("/")[0])


if TYPE_CHECKING:
    Location: TypeAlias = Path | StoreUrl
else:  # a class, since msgspec converts values to a class and not to one of two

    class Location(ABC):  # noqa: B024 - `register` is all that is needed of it
        """A path or the URL of an object."""

    Location.register(Path)
    Location.register(StoreUrl)


def url_of(text: str) -> StoreUrl:
    """Return the URL that `str` of one has given."""
    scheme, _, rest = text.partition("://")
    bucket, _, key = rest.partition("/")
    return StoreUrl(f"{scheme}://{bucket}", key)


def location_of(text: str) -> Location:
    """Return the path or URL that `str` of one has given."""
    return url_of(text) if is_url(text) else Path(text)


def title_of(location: Location) -> str:
    """Return what a place is called: the name of the file or folder, or of the bucket."""
    return location.resolve().name if isinstance(location, Path) else location.name or location.store


def is_url(text: str) -> bool:
    """Return whether a text is a URL, and no path."""
    return _URL.match(text) is not None


def parse_location(text: str) -> Location:
    """Return a path, or the URL of an object in a store. A URL of a file is the path of that file.

    Raises:
        UsageError: it is a URL of another kind, or has more in it than a bucket and a key.
    """
    match = _URL.fullmatch(text)
    if match is None:
        return Path(text)
    scheme, bucket, key = match[1].lower(), match[2], match[3].strip("/")
    if scheme == "file":
        return _path_of_file(text, match[2], match[3])
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in (*SCHEMES, "file"))
        raise UsageError(f"{quoted(f'{scheme}://')}: unknown kind of store", f"available: {known}")
    if not re.fullmatch(r"[\w.-]*", bucket) or "?" in key:  # the text may have a secret in it, so it is not shown
        raise UsageError(
            f"{scheme}://: a URL has a bucket and a key, and nothing else",
            "credentials are taken from the environment, a profile, or the role of the machine",
        )
    if not bucket and scheme != MEMORY:
        raise UsageError(f"{scheme}://: the bucket is missing", f"{scheme}://BUCKET/KEY")
    if "//" in match[3] or {".", ".."} & {*key.split("/")}:
        raise UsageError(f"{scheme}://{bucket}{match[3]}: a part of the key is empty, . or ..")
    if _NOT_IN_KEYS.search(key):
        raise UsageError(f"{scheme}://{bucket}/{key}: the key has a control character, or is not UTF-8")
    return StoreUrl(f"{scheme}://{bucket}", key)


def _path_of_file(text: str, host: str, path: str) -> Path:
    """Return the path in the URL of a file, as `Path.from_uri` of Python 3.13 does."""
    if host not in ("", "localhost") or not path or "%00" in path:
        raise UsageError(f"{quoted(text)}: not the URL of a file on this machine", "file:///PATH has three slashes")
    return Path(os.fsdecode(unquote_to_bytes(path)))
