"""The server: threads of the standard library, one for each request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from toolpost.testing.openai.faults import fail
from toolpost.testing.openai.images import draw
from toolpost.testing.openai.moderations import judge
from toolpost.testing.openai.received import Received
from toolpost.testing.openai.texts import say
from toolpost.testing.openai.wire import Answer, Reply, whole
from toolpost.testing.serving import Loopback

# What is said where the script says nothing.
UNSCRIPTED: Mapping[str, Reply] = {
    "/chat/completions": say("Hello, world."),
    "/responses": say("Hello, world."),
    "/images/generations": draw(),
    "/images/edits": draw(),
    "/moderations": judge(),
}


class OpenAIServer(Loopback):
    """Gives `replies` in their order, and then what is harmless; `requests` holds what it was sent.

    ```python
    with OpenAIServer() as server:
        server.replies.append(say("Paris."))
        async with open_host(OpenAI(base_url=server.base_url, api_key="sk-test")) as host: ...
        assert server.requests[0].body["model"] == "gpt-6-luna"
    ```

    A reply fits Chat Completions and Responses, whole and as a stream: it is
    put as the request wants it. `answer`, where it is set, is asked before
    the script and may return None. `models` are the names that it lists, or
    whole rows; `files` the bytes at other paths. `left` is set when a client
    hung up on a reply that hangs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.replies: deque[Reply] = deque()
        self.requests: list[Received] = []
        self.models: list[str | Mapping[str, Any]] = ["served-model"]
        self.files: dict[str, bytes] = {}
        self.answer: Callable[[Received], Answer | None] | None = None
        self.left = Event()

    @property
    def base_url(self) -> str:
        """What to set as `base_url`."""
        return f"{self.address}/v1"

    def respond(self, request: Received) -> Answer:
        """What a request gets."""
        self.requests.append(request)
        if self.answer is not None and (given := self.answer(request)) is not None:
            return given
        if request.method == "GET":
            return self._look_up(request.path)
        if self.replies:
            return self.replies.popleft()(request)
        reply = UNSCRIPTED.get(request.path.removeprefix("/v1"))
        return (reply or fail(404, f"unknown path {request.path}"))(request)

    def hung_up(self) -> None:
        """A client did not wait for the end."""
        self.left.set()

    def _look_up(self, path: str) -> Answer:
        if path in self.files:
            return Answer((self.files[path],), kind="application/octet-stream")
        rows = [{"object": "model", "created": 0, "owned_by": "test", **_row(model)} for model in self.models]
        if path == "/v1/models":
            return whole({"object": "list", "data": rows})
        name = path.removeprefix("/v1/models/")
        found = next((row for row in rows if row["id"] == name), None)
        return whole(found or {"error": {"message": f"no {name!r}", "code": "not_found"}}, 200 if found else 404)


def _row(model: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return model if isinstance(model, Mapping) else {"id": model}
