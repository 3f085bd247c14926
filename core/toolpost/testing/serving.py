"""HTTP on loopback, in threads: what the servers for tests stand on."""

from __future__ import annotations

import select
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from toolpost.testing.openai.received import Received
    from toolpost.testing.openai.wire import Answer

# Seconds between two looks whether a silent client is still there.
LOOK = 0.02
TOO_LONG = "9999999"


class Server(ThreadingHTTPServer):
    """Takes a crowd at once, and is not waited for."""

    daemon_threads = True
    request_queue_size = 128


class Loopback:
    """A server at a free port, from `with` to its end; `respond` says what a request gets."""

    def __init__(self) -> None:
        self._http = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"server_of": self}))
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": LOOK}, daemon=True)
        self.closing = Event()

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def respond(self, request: Received) -> Answer:
        """What a request gets."""
        raise NotImplementedError

    def hung_up(self) -> None:
        """A client did not wait for the end of its answer."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """One request to a `Loopback`."""

    server_of: Loopback

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer a request with a body."""
        self._answer(self.rfile.read(int(self.headers.get("content-length", "0"))))

    do_PUT = do_PATCH = do_POST
    do_DELETE = do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _answer(self, body: bytes) -> None:
        # Few who import the contract ever start a server.
        from toolpost.testing.openai.received import Received, parsed

        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.command, self.path, headers, parsed(headers.get("content-type", ""), body), body)
        try:
            self._send(self.server_of.respond(request))
        except (BrokenPipeError, ConnectionResetError):
            self.server_of.hung_up()

    def _send(self, answer: Answer) -> None:
        length = sum(map(len, answer.pieces))
        self.send_response(answer.status)
        self.send_header("content-type", answer.kind)
        self.send_header("content-length", str(length) if answer.then == "end" else TOO_LONG)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in answer.pieces:
            self.wfile.write(piece)
            self.wfile.flush()
        if answer.then == "hang":
            self._hang()

    def _hang(self) -> None:
        while not self.server_of.closing.is_set():
            if select.select([self.connection], [], [], LOOK)[0] and not _peeked(self.connection):
                self.server_of.hung_up()
                return


def _peeked(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1)
    except OSError:
        return b""
