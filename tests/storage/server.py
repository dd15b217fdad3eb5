"""An S3 server on loopback: moto's, behind a layer that counts what is asked of it and makes it fail."""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from cityconv.storage.objects import write_object
from cityconv.storage.url import url_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Fault = Literal["503", "reset", "cut", "none"]

SECRETS = {"AWS_ACCESS_KEY_ID": "AKIAthekeythatnobodyknows", "AWS_SECRET_ACCESS_KEY": "thesecretthatnobodyknows"}


@dataclass(frozen=True)
class Request:
    """A request that was answered: its method, path and query, and the bytes of the answer."""

    method: str
    path: str
    query: str
    size: int


class _QuietHandler(WSGIRequestHandler):
    def log(self, *arguments: object) -> None: ...


@dataclass
class Server:
    """The server.

    Attributes:
        requests: those since the last `clear`.
        faults: what happens to the next requests for objects, one each.
        answer: answers a request in place of moto, if it wants to: status, or None.
    """

    requests: list[Request] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)
    answer: Callable[[str, str], str | None] = lambda _method, _path: None

    def __post_init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_QuietHandler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """The URL of the server."""
        return f"http://127.0.0.1:{self._server.port}"

    def put(self, path: Path, url: str) -> str:
        """Upload a file, or the files below a folder, and return the URL; these requests are not counted."""
        put(path, url)
        self.clear()
        return url

    def clear(self) -> None:
        """Forget requests and faults."""
        self.requests.clear()
        self.faults.clear()
        self.answer = lambda _method, _path: None

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def reads(self) -> list[Request]:
        """The requests for the content of objects."""
        return [request for request in self.requests if request.method == "GET" and "list-type" not in request.query]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        method, path, query = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"]
        fault = self.faults.popleft() if self.faults and path.count("/") > 1 else None
        if fault == "reset":
            _reset(environ["werkzeug.socket"])
        status = "503 Slow Down" if fault == "503" else self.answer(method, path)
        if status is not None:
            self.requests.append(Request(method, path, query, 0))
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response(status, [("Content-Length", "0")])
            return []
        body = b"".join(self._moto(environ, start_response))
        self.requests.append(Request(method, path, query, len(body)))
        return _cut(body) if fault == "cut" else [body]


def put(path: Path, url: str) -> str:
    """Write a file, or the files below a folder, to a store, and return the URL."""
    for file in [path, *path.rglob("*")]:
        if file.is_file():
            write_object(url_of(url) if file == path else url_of(url) / file.relative_to(path), file.read_bytes())
    return url


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def _cut(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionResetError
