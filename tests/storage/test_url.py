"""URLs that users give."""

from __future__ import annotations

from pathlib import Path

import pytest

from cityconv.errors import UsageError
from cityconv.storage.url import StoreUrl, parse_location


@pytest.mark.parametrize("text", ["file:///data/a%20b", "file://localhost/data/a%20b", "/data/a b"])
def test_the_url_of_a_file_is_its_path(text: str) -> None:
    assert parse_location(text) == Path("/data/a b")


@pytest.mark.parametrize("text", ["file://out", "file://data/out", "file://", "file://[::1/out", "file:///a%00b"])
def test_the_url_of_a_file_elsewhere_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not the URL of a file on this machine"):
        parse_location(text)


def test_another_kind_of_store_is_named() -> None:
    with pytest.raises(UsageError, match=r"^'ftp://': unknown kind of store$"):
        parse_location("ftp://host/out")


def test_the_key_of_an_object_is_taken_as_it_is() -> None:
    assert parse_location("S3://bucket/a b%20c#d/") == StoreUrl("s3://bucket", "a b%20c#d")


@pytest.mark.parametrize("key", ["a\nb", "a\0", "a\x7f", "\udcff", "a//b", "a/../b", "/a", "a//", "/"])
def test_a_key_that_no_object_can_have_is_refused(key: str) -> None:
    with pytest.raises(UsageError, match="the key"):
        parse_location(f"s3://bucket/{key}")
