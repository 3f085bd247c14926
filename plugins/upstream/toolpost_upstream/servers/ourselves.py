"""Whether an entry starts toolpost itself, which would call itself for ever."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from toolpost_upstream.servers.server import Server

# As a command, as a module of Python, or as what uvx and pipx are asked for: toolpost[bundle]==0.1.
WORD = re.compile(r"(?:.*[\\/])?toolpost(?:\.exe)?(?:\[[^\]]*\])?(?:[=@<>~!:].*)?", re.IGNORECASE)
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_ourselves(server: Server) -> bool:
    """Whether this is an entry as `toolpost connect` writes it, or as a person would."""
    if server.url:
        return server.name.lower() == "toolpost" and urlsplit(server.url).hostname in LOOPBACK
    return starts_us(server.command, server.args)


def starts_us(command: str, args: Sequence[str]) -> bool:
    """Whether a command line starts a toolpost that serves."""
    words = " ".join((command, *args)).split()
    ours = next((at for at, word in enumerate(words) if WORD.fullmatch(word.strip("\"'"))), None)
    whole = WORD.fullmatch(command) is not None
    return (ours is not None and "serve" in words[ours + 1 :]) or (whole and "serve" in args)


def is_of_other_configuration(args: Sequence[str], env: Iterable[str]) -> bool:
    """Whether such a toolpost is told to use a configuration of its own, in which it need not start itself."""
    return "--config" in " ".join(args) or not {"TOOLPOST_CONFIG", "TOOLPOST_HOME"}.isdisjoint(env)
