"""How long others wait while slow connections are held, and what many calls leave in memory; prints Markdown.

./run python bench/slow.py                        300 slow connections, then 100,000 calls
./run python bench/slow.py --held 300 --rounds 8
./run python bench/slow.py --calls 100000
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
PORT, VERSION = 18103, "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
}
PARAMS = {"name": "echo", "arguments": {"text": "hi"}, "_meta": META}
BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": PARAMS}).encode()
HEAD = f"""POST /mcp HTTP/1.1
host: 127.0.0.1
authorization: Bearer bench-token
accept: application/json, text/event-stream
content-type: application/json
mcp-protocol-version: {VERSION}
mcp-method: tools/call
mcp-name: echo
content-length: {len(BODY)}

""".replace("\n", "\r\n").encode()


def call(connection: socket.socket) -> None:
    """One call, to the end of its answer."""
    connection.sendall(HEAD + BODY)
    answer = connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), answer
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    while len(body) < length:
        body += connection.recv(65536)


def p99(number: int) -> tuple[float, float]:
    """The median and the 99th of a hundred of so many calls, in microseconds."""
    times = []
    with socket.create_connection(("127.0.0.1", PORT)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(number):
            began = time.perf_counter()
            call(connection)
            times.append((time.perf_counter() - began) * 1e6)
    times.sort()
    return times[number // 2], times[number * 99 // 100]


def hold(number: int) -> None:
    """Hold so many connections, half with a head that dribbles and half with a body; come back when cut off."""
    begun = (b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ", HEAD + b"{")
    held: dict[int, socket.socket] = {}
    while True:
        for place in range(number):
            try:
                held[place].sendall(b"a")
            except (KeyError, OSError):
                with suppress(OSError):
                    held[place] = socket.create_connection(("127.0.0.1", PORT))
                    held[place].sendall(begun[place % 2])
        print(len(held), flush=True)
        time.sleep(1)


@contextmanager
def served() -> Iterator[subprocess.Popen[bytes]]:
    """A server of the whole shipped configuration that answers."""
    command = [sys.executable, str(HERE / "serve_echo.py"), "--http", str(PORT)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", PORT)).close()
                break
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def holding(number: int) -> Iterator[None]:
    """Slow connections of another process."""
    command = [sys.executable, __file__, "--hold", str(number)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.wait()


def compare(held: int, rounds: int, calls: int) -> None:
    """Others' times with and without the slow ones, in turns."""
    with served():
        p99(calls)
        pairs = []
        for _ in range(rounds):
            quiet = p99(calls)
            with holding(held):
                pairs.append((quiet, p99(calls)))
    print(f"{held} slow connections, {rounds} rounds x {calls} calls\n")
    print("| figure | held | quiet | ratio |\n|---|---|---|---|")
    for place, name in enumerate(("p50 us", "p99 us")):
        ratios = sorted(with_[place] / without[place] for without, with_ in pairs)
        spread = f"{median(ratios):.2f} [{ratios[0]:.2f} .. {ratios[-1]:.2f}]"
        mine, other = median(pair[1][place] for pair in pairs), median(pair[0][place] for pair in pairs)
        print(f"| {name} | {mine:.4g} | {other:.4g} | {spread} |")


def remember(calls: int) -> None:
    """Memory and descriptors after so many calls, at ten points."""
    print(f"\n{calls} calls\n\n| calls | RSS MB | descriptors |\n|---|---|---|")
    with served() as process, socket.create_connection(("127.0.0.1", PORT)) as connection:
        for number in range(calls + 1):
            if number and number % (calls // 10) == 0:
                print(f"| {number} | {_rss(process.pid):.1f} | {_descriptors(process.pid)} |", flush=True)
            call(connection)


def _rss(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def _descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--hold", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hold:
        hold(options.hold)
    compare(options.held, options.rounds, 3000)
    remember(options.calls)


if __name__ == "__main__":
    main()
