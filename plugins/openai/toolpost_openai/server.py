"""Where requests go: OpenAI, a server that speaks like it, or a model of our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

OFFICIAL = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Server:
    """An address in OpenAI's shape.

    `official` says that OpenAI's catalogue holds there. `model` is the only
    one served, empty where there may be several, and `max_tokens` its longest
    answer where that is known. `local` is a model of our own, which stands in
    for lack of a real one, and `demonstration` one that is not to be relied on.
    `tools` says that its models may be given functions to call, `images` that they see pictures.
    `whole_seconds` is how long an answer may take that is asked for as a whole; 0 where all come in pieces.
    """

    name: str
    base_url: str
    api_key: str = field(default="", repr=False)
    official: bool = False
    model: str = ""
    local: bool = False
    max_tokens: int | None = None
    demonstration: bool = False
    tools: bool = True
    images: bool = True
    whole_seconds: float = 0.0

    @property
    def label(self) -> str:
        """What an error calls it: an address is not said, since a layer may take it for somebody's."""
        return "the server of base_url" if _is_address(self.name) else self.name

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine, where no proxy can reach it."""
        host = urlsplit(self.base_url).hostname or ""
        return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def host_of(base_url: str) -> str:
    """The host in a base URL.

    Raises:
        ValueError: it is no http or https URL.
    """
    try:
        parts = urlsplit(base_url)
        host = parts.hostname if parts.scheme in ("http", "https") and parts.port != 0 else None
    except ValueError:
        host = None
    if not host:
        raise ValueError("base_url: not an http(s) URL; write it as http://127.0.0.1:8080/v1")
    return host


def is_official(base_url: str) -> bool:
    """Whether OpenAI itself answers there, in any of its regions."""
    host = host_of(base_url)
    return host == "api.openai.com" or host.endswith(".api.openai.com")
