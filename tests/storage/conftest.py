"""A bucket for each test, on a server for all."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest

from tests.storage.server import SECRETS, Server

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = count()


@pytest.fixture(scope="session")
def running_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def server(running_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, with the environment that leads to it, and no requests or faults of other tests."""
    for name, value in {**SECRETS, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": running_server.endpoint}.items():
        monkeypatch.setenv(name, value)
    running_server.clear()
    return running_server


@pytest.fixture
def bucket(server: Server) -> str:
    """The URL of an empty bucket that no other test has."""
    name = f"bucket-{next(_numbers)}"
    urlopen(Request(f"{server.endpoint}/{name}", method="PUT")).close()
    server.clear()
    return f"s3://{name}"


@pytest.fixture
def memory() -> str:
    """The URL of an empty bucket in the memory of this process."""
    return f"memory://bucket-{next(_numbers)}"
