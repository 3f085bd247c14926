"""A server on loopback that speaks like OpenAI by script, for the tests of plugins that ask a model."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Self

Reply = Callable[["Handler"], None]
SSE = "text/event-stream"


@dataclass(frozen=True)
class Upload:
    """A file in a form."""

    name: str
    mime_type: str
    data: bytes


@dataclass(frozen=True)
class Received:
    """A request as the server saw it; the names of headers are in lower case.

    `body` is JSON, or of a form a dictionary: a text for each field, an
    `Upload` for each file, a list where a name came more than once.
    """

    path: str
    headers: Mapping[str, str]
    body: Any


class ScriptedServer:
    """Gives `replies` in their order, then greets; `journal` holds what it was asked.

    ```python
    with ScriptedServer() as server:
        server.replies.append(chat_stream("Paris."))
        async with Host([OpenAI(base_url=server.base_url), Chat(...)]) as host: ...
    ```

    `left` is set when a client hung up during a `held` reply. `models` are
    the names it lists, or whole rows; `files` the bytes at its other paths.
    """

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.journal: list[Received] = []
        self.models: list[str | Mapping[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.left = Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"script": self}))
        self._http.daemon_threads = True

    @property
    def base_url(self) -> str:
        """What to set as `base_url`."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> Self:
        Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


class Handler(BaseHTTPRequestHandler):
    """One request to a `ScriptedServer`."""

    script: ScriptedServer

    def do_GET(self) -> None:
        """List the models, or send a file."""
        self._note(None)
        if self.path in self.script.files:
            self.send(200, self.script.files[self.path], "application/octet-stream")
            return
        if not self.path.endswith("/models"):
            self.send(404, b"{}")
            return
        rows = [model if isinstance(model, Mapping) else {"id": model} for model in self.script.models]
        listed = [{"object": "model", "created": 0, "owned_by": "test", **row} for row in rows]
        self.send(200, json.dumps({"object": "list", "data": listed}).encode())

    def do_POST(self) -> None:
        """Give the next reply of the script."""
        self._note(_read(self.headers["content-type"], self.rfile.read(int(self.headers["content-length"]))))
        greet = response_stream if self.path.endswith("/responses") else chat_stream
        reply = self.script.replies.popleft() if self.script.replies else greet("Hello, world.")
        reply(self)

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        """Send an answer; the connection's end is the answer's end, unless a header says its length."""
        self.send_response(status)
        for name, value in {"content-type": kind, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _note(self, body: Any) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.script.journal.append(Received(self.path, headers, body))


def stream(*events: Any) -> Reply:
    """A stream of these events, and then its end; bytes go as they are."""
    return lambda handler: handler.send(200, _lines(events), SSE)


def cut(*events: Any) -> Reply:
    """A stream whose connection breaks after these events."""
    return lambda handler: handler.send(200, _lines(events), SSE, content_length="999999")


def held(*events: Any) -> Reply:
    """A stream that says nothing more after these events, until the client hangs up."""

    def reply(handler: Handler) -> None:
        handler.send(200, _lines(events), SSE)
        if not handler.connection.recv(1):
            handler.script.left.set()

    return reply


def error(status: int, message: str, *, code: str | None = None, param: str | None = None, **headers: str) -> Reply:
    """An error in OpenAI's form."""
    body = {"error": {"message": message, "type": code, "code": code, "param": param}}
    return lambda handler: handler.send(status, json.dumps(body).encode(), **headers)


def chat_stream(*texts: str, finish: str = "stop", model: str = "served-model") -> Reply:
    """A whole answer in Chat Completions."""
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    last = {"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [], "usage": usage}
    return stream(*(chat_text(text, model) for text in texts), chat_end(finish, model), last, b"data: [DONE]\n\n")


def chat_text(text: str, model: str = "served-model") -> dict[str, Any]:
    """A chunk of Chat Completions that brings text."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [choice]}


def chat_end(finish: str = "stop", model: str = "served-model") -> dict[str, Any]:
    """The chunk of Chat Completions that says why the answer ends."""
    choice = {"index": 0, "delta": {}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "model": model, "choices": [choice]}


def response_stream(*texts: str, cut_by: str = "", model: str = "served-model") -> Reply:
    """A whole answer in Responses; `cut_by` is the reason of an incomplete one."""
    return stream(*(response_text(text) for text in texts), response_end(cut_by, model))


def response_text(text: str) -> dict[str, Any]:
    """An event of Responses that brings text."""
    return {"type": "response.output_text.delta", "delta": text, "item_id": "m", "output_index": 0, "content_index": 0}


def response_end(cut_by: str = "", model: str = "served-model") -> dict[str, Any]:
    """The event of Responses that ends the answer."""
    status = "incomplete" if cut_by else "completed"
    response: dict[str, Any] = {
        "id": "r",
        "object": "response",
        "model": model,
        "status": status,
        "output": [],
        "incomplete_details": {"reason": cut_by} if cut_by else None,
        "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
    }
    return {"type": f"response.{status}", "response": response}


def _read(kind: str, body: bytes) -> Any:
    if not kind.startswith("multipart/"):
        return json.loads(body)
    form: dict[str, Any] = {}
    for part in message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + body, policy=HTTP).iter_parts():
        name, data = str(part.get_param("name", header="content-disposition")), bytes(part.get_payload(decode=True))
        file = part.get_filename()
        value = Upload(file, part.get_content_type(), data) if file else data.decode()
        form[name] = value if name not in form else [*_listed(form[name]), value]
    return form


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lines(events: tuple[Any, ...]) -> bytes:
    return b"".join(e if isinstance(e, bytes) else b"data: " + json.dumps(e).encode() + b"\n\n" for e in events)
