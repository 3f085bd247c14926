"""`toolpost serve` with the whole shipped configuration and one more tool, `echo(text)`: what a harness points at.

--bare        the same host without any other plugin: no layers, no other tools
--tools N     N tools in all, the others padding
--backend B   asyncio or trio
--http PORT   over HTTP; TOKEN is the bearer token
"""

from __future__ import annotations

import gc

gc.disable()

import argparse  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from dataclasses import replace  # noqa: E402
from hashlib import sha256  # noqa: E402

from toolpost.descriptors import claim  # noqa: E402

WIRE = claim()

from toolpost import Folders, Host, Reader, Tool, hookimpl  # noqa: E402
from toolpost.config.environment import Variables  # noqa: E402
from toolpost.config.load import Config, read  # noqa: E402
from toolpost.config.locate import shipped_file  # noqa: E402
from toolpost.config.tables import Token  # noqa: E402
from toolpost.plugins.assemble import services  # noqa: E402
from toolpost.plugins.build import build  # noqa: E402
from toolpost.server.serve import serve  # noqa: E402

TOKEN = "bench-token"
PAD = {
    "type": "object",
    "properties": {
        "prompt": {"type": "string", "description": "The prompt to complete."},
        "model": {"type": "string", "description": "The model to ask.", "enum": ["small", "medium", "large"]},
        "temperature": {"type": "number", "minimum": 0, "maximum": 2, "default": 1},
        "max_tokens": {"type": "integer", "minimum": 1, "maximum": 100000},
        "stop": {"type": "array", "items": {"type": "string"}, "maxItems": 4},
    },
    "required": ["prompt"],
}


class Echo:
    """What the bare server of the comparison has: `echo`, and padding."""

    def __init__(self, padding: int) -> None:
        self.padding = padding

    @hookimpl
    def tools(self) -> Iterator[Tool]:
        yield Tool(self.echo)
        for number in range(self.padding):
            words = "A tool that only pads the list, described in one sentence."
            yield Tool(self.pad, name=f"dummy_{number}", description=words, input_schema=PAD)

    async def echo(self, text: str) -> str:
        """Say it back."""
        return text

    async def pad(self, arguments: dict[str, object]) -> str:
        return ""


def over_http(config: Config, port: int, gather: Callable[[Config], Host]) -> None:
    """Serve at this port, with tokens and with the log of a server that somebody runs."""
    from toolpost.http.serve import serve as serve_http
    from toolpost.logs import log_to_stderr

    tokens = {TOKEN: Token(sha256(TOKEN.encode()).hexdigest(), "bench")}
    settings = replace(config.http, port=port, tokens=tokens)
    log_to_stderr(config)
    serve_http(replace(config, http=settings), gather, say=lambda text: None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--tools", type=int, default=0)
    parser.add_argument("--backend", default="asyncio")
    parser.add_argument("--http", type=int)
    options = parser.parse_args()

    def gather(config: Config) -> Host:
        plugins = {} if options.bare else build(config, services(Folders.of_user(), Reader())).plugins
        others = len(Host(plugins).tools) if options.tools else 0
        return Host({**plugins, "echo": Echo(max(0, options.tools - 1 - others))})

    if options.http is not None:
        over_http(read(shipped_file(), Variables({})), options.http, gather)
    serve(read(shipped_file(), Variables({})), WIRE, options.backend, gather)


if __name__ == "__main__":
    main()
