"""A server whose plugins are made by hand: those that operators look at, and some that misbehave in routes.

Run as a program it serves; imported it starts such a program.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import anyio
from hostile_plugins import ANSWERS, exception
from starlette.responses import HTMLResponse, StreamingResponse

from toolpost import Context, Host, Route, Tool, ToolError, Unavailable, hookimpl

TOKENS = {"ann": "tp_ann_0123456789abcdef", "boss": "tp_boss_0123456789abcdef"}


def table(name: str, *scopes: str) -> str:
    digest = hashlib.sha256(TOKENS[name].encode()).hexdigest()
    return f'[http.tokens.{name}]\nsha256 = "{digest}"\nprincipal = "{name}"\nscopes = {list(scopes)!r}\n'


GUARDED = table("ann", "call") + table("boss", "call", "admin")


class Desk:
    """A tool that costs money, one that is cached, and routes that behave."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.draw, billable=True), Tool(self.echo, cacheable=True)]

    async def draw(self, prompt: str) -> str:
        """Draw."""
        if "fails" in prompt:
            raise ToolError(f"cannot draw {prompt}")
        return "drawn"

    async def echo(self, text: str) -> str:
        """Say it back."""
        return text

    @hookimpl
    def routes(self) -> list[Route]:
        return [
            Route("/", self.front, scope="public"),
            Route("/desk/{name}", self.greet, summary="Greet somebody"),
            Route("/desk/fixed", self.fixed),
            Route("/desk/sum", self.add, methods=("POST",)),
            Route("/desk/stream", self.stream, methods=("POST",)),
            Route("/desk/fails/{kind}", self.fails),
        ]

    async def front(self) -> HTMLResponse:
        return HTMLResponse("the desk")

    async def greet(self, name: str, context: Context, host: Host, loud: bool = False) -> dict[str, Any]:
        """Greet by name."""
        said = f"{name} of {context.principal}"
        return {"hello": said.upper() if loud else said, "tools": len(host.tools)}

    def fixed(self) -> dict[str, str]:
        return {"fixed": "yes"}

    def add(self, numbers: list[int]) -> int:
        return sum(numbers)

    async def stream(self) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for number in range(3):
                yield f"part {number}\n".encode()

        return StreamingResponse(parts())

    async def fails(self, kind: str) -> None:
        raise Unavailable("come back", retry_after=7) if kind == "unavailable" else ToolError("the tool failed")


class Rogue:
    """Routes that do everything wrong."""

    @hookimpl
    def routes(self) -> list[Any]:
        return [
            Route("/rogue/raises/{kind}", self.raises),
            Route("/rogue/raises-plainly/{kind}", self.raises_plainly),
            Route("/rogue/raises-below/{kind}", self.raises_below),
            Route("/rogue/answers/{kind}", self.answers),
            Route("/rogue/endless", self.endless),
            Route("/rogue/waits", self.waits, timeout=0.2),
            Route("/rogue/sleeps", self.sleeps, timeout=0.2),
            Route("/rogue/breaks", self.breaks),
            # What has another owner, or is none.
            Route("/health", self.mine, methods=("POST",), scope="public"),
            Route("/mcp", self.mine),
            Route("/admin/open", self.mine, scope="public"),
            Route("/admin/status", self.mine, scope="admin"),
            Route("/desk/{other}", self.mine),
            Route("/{rest:path}", self.mine),
            Route("/{rest:path}", self.mine, methods=("PUT",), scope="public"),
            Route("no/path", self.mine),
            Route("/rogue/yields", self.yields),
            Route("/rogue/unknown", self.unknown),
            Route("/rogue/{broken", self.mine),
            Route("/rogue/methods", self.mine, methods=5),  # type: ignore[arg-type]
            Route(5, self.mine),  # type: ignore[arg-type]
            Route("/rogue/told", self.mine, told={"no such thing": 1}),
            Route("/rogue/nothing", None),  # type: ignore[arg-type]
        ]

    async def raises(self, kind: str) -> None:
        raise exception(kind)

    def raises_plainly(self, kind: str) -> None:
        raise exception(kind)

    async def raises_below(self, kind: str) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.raises, kind)

    async def answers(self, kind: str) -> Any:
        return ANSWERS[kind]()

    async def endless(self) -> Any:
        return {"numbers": (number for number in iter(int, 1))}

    async def waits(self) -> None:
        await anyio.sleep_forever()

    def sleeps(self) -> None:
        time.sleep(30)

    async def breaks(self) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"a part"
            raise SystemExit(3)

        return StreamingResponse(parts())

    async def mine(self) -> str:
        return "rogue"

    async def yields(self) -> Any:
        yield 1

    async def unknown(self, what: Nothing) -> None:  # type: ignore[name-defined]  # noqa: F821
        pass


class Sulking:
    """A tool, and a hook that raises."""

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.sulk)]

    async def sulk(self) -> str:
        """Sulk."""
        return "sulking"

    @hookimpl
    def routes(self) -> list[Route]:
        raise SystemExit("no routes today")


class Frail:
    """Falls when it is told to, in a task of its own, with words that nobody should see."""

    def __init__(self) -> None:
        self.told = anyio.Event()

    @hookimpl
    def routes(self) -> list[Route]:
        return [Route("/frail/fall", self.fall, methods=("POST",))]

    async def fall(self) -> None:
        self.told.set()
        await anyio.sleep(0.2)

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._wait)
            yield

    async def _wait(self) -> None:
        await self.told.wait()
        raise OSError("cannot read /srv/secret/place with password=hunter2secret9")


def gather(config: Any) -> Host:
    """The host: whatever plugins the configuration has tables for."""
    from toolpost.folders import Folders
    from toolpost.middleware.ledger import Ledger
    from toolpost.middleware.metrics import Metrics
    from toolpost.plugins.assemble import services
    from toolpost.reader import Reader
    from toolpost_cache.plugin import Cache

    _, _, store, artefacts, *_ = services(Folders.of_user(), Reader())
    makers: dict[str, Any] = {
        "metrics": lambda: Metrics(store),  # type: ignore[arg-type]
        "cache": Cache,
        "ledger": lambda: Ledger(store, artefacts, daily_by_principal={"ann": 2.0}, unknown_cost=0.5),  # type: ignore[arg-type]
        "desk": Desk,
        "rogue": Rogue,
        "sulking": Sulking,
        "frail": Frail,
    }
    return Host({table.name: makers[table.name]() for table in config.enabled})


@contextmanager
def operated(folder: Path, config: str, token: str | None = None) -> Iterator[Any]:
    """Such a server that listens; it is ended with the block."""
    from reaching import run

    with run(Path(__file__), folder, config, token) as server:
        yield server


if __name__ == "__main__":
    from reaching import serve_with

    serve_with(gather)
