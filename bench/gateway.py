"""What the OpenAI-compatible API adds to asking a provider directly, and how many streams it carries at once.

`./run python bench/gateway.py [--rounds 5] [--requests 200] [--streams 200]`. A stub is the provider; both ways are
asked in turn within each round. Prints milliseconds: a whole answer, the first piece of a streamed one, and for many
streams at once the longest silence between two pieces of one of them, where the stub leaves 20 ms. Beside each, the
processor time that toolpost itself took: for a request, or for a piece of a stream, whatever else this machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

HERE = Path(__file__).parent
EVERY = 0.02
SHIPPED = HERE.parent / "config.toml"
# What differs from the configuration as it is shipped.
OWN = {"HTTP__PORT": "{port}", "OPENAI__API_KEY": "bench", "OPENAI__BASE_URL": "http://127.0.0.1:{provider}/v1"}
Measure = Callable[["Client"], Awaitable[float]]
TICKS = os.sysconf("SC_CLK_TCK")


class Client:
    """One connection, kept open, without a framework."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def __aenter__(self) -> Client:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()

    async def ask(self, stream: bool) -> AsyncIterator[bytes]:
        """The parts of the answer's body as they arrive."""
        body = json.dumps({"model": "stub", "messages": [{"role": "user", "content": "hi"}], "stream": stream}).encode()
        self.writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nauthorization: Bearer bench\r\n"
            b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (self.port, len(body), body)
        )
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise SystemExit(f"{head.decode()}\n{(await self.reader.read(2000)).decode()}")
        if b"content-length:" in head:
            yield await self.reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
            return
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readexactly(2)


async def whole(client: Client) -> float:
    """Milliseconds until all of an answer is there."""
    began = perf_counter()
    async for _ in client.ask(stream=False):
        pass
    return (perf_counter() - began) * 1000


async def first(client: Client) -> float:
    """Milliseconds until the first piece of text is there."""
    began, taken = perf_counter(), 0.0
    async for part in client.ask(stream=True):
        if not taken and b"word" in part:
            taken = (perf_counter() - began) * 1000
    return taken


async def silence(port: int) -> float:
    """The longest time in milliseconds between two parts of one stream."""
    longest, last = 0.0, 0.0
    async with Client(port) as client:
        async for _ in client.ask(stream=True):
            now = perf_counter()
            longest = max(longest, now - (last or now))
            last = now
    return longest * 1000


@dataclass
class Toolpost:
    """The server that is measured, and the provider behind it."""

    port: int
    provider: int
    process: int

    @property
    def seconds(self) -> float:
        """The processor time that it has taken so far."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


async def compare(name: str, measure: Measure, served: Toolpost, rounds: int, requests: int) -> None:
    """Both ways in turn; the difference is taken round by round."""
    found: list[tuple[float, float]] = []
    spent = 0.0
    async with Client(served.port) as client:
        # What is imported and compiled once.
        for _ in range(5):
            await measure(client)
    for _ in range(rounds):
        pair = []
        for port in (served.port, served.provider):
            before = served.seconds
            async with Client(port) as client:
                taken = [await measure(client) for _ in range(requests)]
            pair.append(median(taken[requests // 10 :]))
            spent += served.seconds - before
        found.append((pair[0], pair[1]))
    added = sorted(mine - theirs for mine, theirs in found)
    ours, direct = (median(pair[which] for pair in found) for which in (0, 1))
    said = f"{name:28} direct {direct:6.2f} ms  through toolpost {ours:6.2f} ms"
    ticks = f"processor {spent / rounds / requests * 1e3:.2f} ms"
    print(f"{said}  added {median(added):5.2f} [{added[0]:.2f} .. {added[-1]:.2f}]  {ticks}", flush=True)


async def crowd(name: str, port: int, streams: int, chunks: int, served: Toolpost) -> None:
    """Many streams at once."""
    before, began = served.seconds, perf_counter()
    found = sorted(await asyncio.gather(*(silence(port) for _ in range(streams))))
    took, spent = perf_counter() - began, served.seconds - before
    silences = f"longest silence p50 {median(found):.0f} ms, worst {found[-1]:.0f} ms"
    each = f"processor {spent / took:.0%}, {spent / streams / chunks * 1e6:.0f} us for a piece"
    print(f"{name:28} {streams} streams: {silences}; {took:.1f} s, {each}", flush=True)


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Toolpost]:
    """A provider, and toolpost before it, configured as it is shipped."""
    provider, port = free(), free()
    env = {**os.environ, "TOOLPOST_HOME": str(folder)}
    env |= {f"TOOLPOST__{name}": value.format(port=port, provider=provider) for name, value in OWN.items()}
    commands = (
        [sys.executable, str(HERE / "provider.py"), str(provider), *options],
        [sys.executable, "-m", "toolpost", "--config", str(SHIPPED), "serve", "--http"],
    )
    # The access log is part of what is measured, and nobody wants to read it.
    with (folder / "log").open("ab") as log:
        processes = [subprocess.Popen(command, env=env, stdout=log, stderr=log) for command in commands]
    try:
        for one in (provider, port):
            wait(one)
        yield Toolpost(port, provider, processes[1].pid)
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def free() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait(port: int) -> None:
    began = perf_counter()
    while perf_counter() - began < 30:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise SystemExit(f"nothing listens at {port}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--chunks", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        with serving(Path(folder)) as served:
            asyncio.run(compare("a whole answer", whole, served, given.rounds, given.requests))
            asyncio.run(compare("first piece of a stream", first, served, given.rounds, given.requests))
        with serving(Path(folder), "--every", str(EVERY), "--chunks", str(given.chunks)) as served:
            asyncio.run(crowd("one", served.port, 1, given.chunks, served))
            asyncio.run(crowd("direct", served.provider, given.streams, given.chunks, served))
            asyncio.run(crowd("through toolpost", served.port, given.streams, given.chunks, served))


if __name__ == "__main__":
    main()
