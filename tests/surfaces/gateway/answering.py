"""A toolpost whose gateway asks a simulated OpenAI, and the official SDK as its client."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI, OpenAI
from reaching import Reached, Reply, reached

from toolpost.testing.openai import OpenAIServer

HERE = Path(__file__).parent
# Settings that OpenAI does not know.
SAMPLING: dict[str, Any] = {
    **{"top_k": 40, "min_p": 0.05, "repetition_penalty": 1.1, "repeat_penalty": 1.1, "num_ctx": 8192},
    **{"mirostat": 2, "mirostat_tau": 5.0, "mirostat_eta": 0.1, "chat_template_kwargs": {"enable_thinking": False}},
}
CONFIG = """
[plugins.trace]
[plugins.limits]
[plugins.pii]
[plugins.validation]
[plugins.timeout]
{retry}
[plugins.openai]
base_url = "{url}"
api_key = "sk-upstream"
{openai}
[plugins.office]
[plugins.gateway]
{gateway}
"""


@dataclass
class Gate:
    """The server, and what stands behind it."""

    server: Reached
    provider: OpenAIServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/v1"

    def client(self, **more: Any) -> OpenAI:
        return OpenAI(**{"base_url": self.url, "api_key": "none", "max_retries": 0, "timeout": 60, **more})

    def async_client(self, **more: Any) -> AsyncOpenAI:
        return AsyncOpenAI(**{"base_url": self.url, "api_key": "none", "max_retries": 0, "timeout": 60, **more})

    def chat(self, content: Any = "Hello", **more: Any) -> Any:
        """A request of Chat Completions, without a client between."""
        body = {"model": "served-model", "messages": [{"role": "user", "content": content}], **more}
        return self.server.request("POST", "/v1/chat/completions", body)

    @property
    def asked(self) -> list[Any]:
        """What the model was asked, request by request."""
        return [one.body for one in self.provider.requests if one.method == "POST"]


def events(reply: Reply) -> list[Any]:
    """The events of a stream, without the mark of its end."""
    found = re.findall(rb"^data: (.+)$", reply.body, re.MULTILINE)
    return [json.loads(one) for one in found if one != b"[DONE]"]


@contextmanager
def answering(
    folder: Path,
    *,
    openai: str = "",
    gateway: str = "",
    rest: str = "",
    token: str | None = None,
    retries: bool = True,
) -> Iterator[Gate]:
    """A gateway that listens; it is ended with the block."""
    with OpenAIServer() as provider:
        retry = "[plugins.retry]" if retries else ""
        config = CONFIG.format(url=provider.base_url, openai=openai, gateway=gateway, retry=retry) + rest
        with reached(folder, config, token=token, variables={"PYTHONPATH": str(HERE)}) as server:
            yield Gate(server, provider)
