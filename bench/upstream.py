"""Measures calls of other servers' tools through toolpost beside calls of those servers themselves; prints Markdown.

./run python bench/upstream.py              all of it, some three minutes
./run python bench/upstream.py --only call  calls over pipes and over HTTP, or `start`
./run python bench/upstream.py --server 'node index.js stdio' --tool echo --args '{"message":"hi"}'
./run python bench/upstream.py --plain      beside a server that costs next to nothing: what toolpost itself takes

A raw client of JSON-RPC speaks to three servers in turn within every round:
to the server itself, to toolpost with the plugin `upstream` and nothing
else, and to toolpost with the whole shipped configuration, all layers
included. Ratios are taken round by round. "Its own" is the processor time
of toolpost without that of the server behind it: what is steady on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import mcpbench  # type: ignore[import-not-found]  # beside this file, in no package
from mcpbench import Target, cpu_ns, pct, target

from toolpost.config.locate import shipped_file

HERE = Path(__file__).parent
PYTHON = sys.executable
BARE = f"{PYTHON} {HERE}/bare_server.py"
PLAIN = f"{PYTHON} -S -E {HERE}/mcpbench.py _echo"
PORT = 18_790
# The most that a call through toolpost may take, in calls of the server itself.
WANTED = 1.5
# A server of twenty that answers `initialize` after so many seconds, none never.
LATE, SLEEPERS, ALL = 1.0, 5, 20
SERVER = """
import json, sys, time
time.sleep(float(sys.argv[1]))
for line in sys.stdin:
    message = json.loads(line)
    found = {
        "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s"}},
        "tools/list": {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]},
    }.get(message["method"])
    if "id" in message:
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": found}), flush=True)
"""
Rounds = dict[str, list[dict[str, float]]]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="measurements whose name begins so")
    parser.add_argument("--server", default=BARE, help="the command of the server over pipes")
    parser.add_argument("--plain", action="store_true", help="the harness's own server instead")
    parser.add_argument("--tool", default="echo")
    parser.add_argument("--args", default='{"text":"hi {{i}}"}', help="JSON; {{i}} is the number of the call")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("-n", type=int, default=500, help="calls a round")
    parser.add_argument("--backend", default="asyncio")
    given = parser.parse_args()
    given.server = PLAIN if given.plain else given.server
    # What the harness asks of its own command line.
    harness = {"protocol": mcpbench.HANDSHAKE, "server_cpus": None, "stderr": None, "pid": None, "timeout": 60}
    return argparse.Namespace(**vars(given), **harness, allow_errors=False, header=None)


def servers_of(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """Tables of the configuration."""
    tables = []
    for name, entry in entries.items():
        lines = [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
        tables.append("\n".join([f"[plugins.upstream.servers.{name}]", *lines]))
    return "\n".join(tables)


def toolpost(folder: Path, name: str, entries: Mapping[str, Mapping[str, Any]], given: argparse.Namespace) -> str:
    """The command of a toolpost with these servers: `whole`, or `alone`."""
    path = folder / f"{name}.toml"
    start = shipped_file().read_text() if name == "whole" else "[plugins.upstream]"
    path.write_text(f"{start}\n{servers_of(entries)}\n")
    state = " ".join(f"XDG_{kind}_HOME={folder}/{name}" for kind in ("DATA", "CACHE", "CONFIG"))
    return f"{state} {PYTHON} -m toolpost --config {path} serve --backend {given.backend}"


def entry_of(command: str) -> dict[str, Any]:
    """A server's settings."""
    if command.startswith("http"):
        return {"url": command}
    first, *rest = shlex.split(command)
    return {"command": first, "args": rest}


def opened(stack: ExitStack, command: str, given: argparse.Namespace) -> Target:
    """A session with a server, closed with the stack."""
    found = target(command, given)
    stack.callback(found.close)
    found.open()
    found.hello()
    found.ask("tools/list", {})
    return found


@contextmanager
def listening(command: str, url: str) -> Iterator[str]:
    """A server over HTTP, as long as the block."""
    process = subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield url
    finally:
        process.kill()
        process.wait()


def calls(name: str, direct: str, given: argparse.Namespace) -> None:
    """Calls of one server's tool in three ways, in turn within each round."""
    found: Rounds = {"direct": [], "alone": [], "whole": []}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sides = {"direct": opened(stack, direct, given)}
        for kind in ("alone", "whole"):
            sides[kind] = opened(stack, toolpost(folder, kind, {"up": entry_of(direct)}, given), given)
        for number in range(given.rounds):
            for side in (list(found), list(reversed(found)))[number % 2]:
                tool = given.tool if side == "direct" else f"up_{given.tool}"
                found[side].append(one(sides[side], tool, given))
    show(name, found)


def one(server: Target, tool: str, given: argparse.Namespace) -> dict[str, float]:
    """A round of calls of one server, one after the other."""
    params = {"name": tool, "arguments": json.loads(given.args)}
    server.load("tools/call", params, 100, 1)
    before, own = cpu_ns(server.pid), own_ns(server.pid)
    latencies, _, _ = server.load("tools/call", params, given.n, 1)
    spent, own = cpu_ns(server.pid) - before, own_ns(server.pid) - own
    latencies.sort()
    figures = {
        "p10 us": pct(latencies, 0.1) / 1e3,
        "p50 us": pct(latencies, 0.5) / 1e3,
        "p99 us": pct(latencies, 0.99) / 1e3,
    }
    used = {"cpu/call us": spent / given.n / 1e3, "of that its own": own / given.n / 1e3}
    return figures | (used if server.pid else {})


def own_ns(pid: int | None) -> int:
    """Processor time of a process without that of its children; Linux's clock of a process."""
    return time.clock_gettime_ns((~pid << 3) | 2) if pid else 0


def show(name: str, found: Rounds) -> None:
    """A table of medians and of ratios, with their ranges."""
    print(f"\n### {name}\n\n| figure | itself | alone | ratio | whole | ratio |\n|---|---|---|---|---|---|")
    for figure in found["alone"][0]:
        known = figure in found["direct"][0]
        cells = [f"{median(one[figure] for one in found['direct']):.0f}" if known else ""]
        for side in ("alone", "whole"):
            pairs = zip(found[side], found["direct"], strict=True)
            ratios = [ours[figure] / theirs[figure] for ours, theirs in pairs] if known else []
            cells.append(f"{median(one[figure] for one in found[side]):.0f}")
            cells.append(f"{median(ratios):.2f} [{min(ratios):.2f} .. {max(ratios):.2f}]" if ratios else "")
        print(f"| {figure} | {' | '.join(cells)} |")


def starts(given: argparse.Namespace) -> None:
    """How long until a client has a list, with twenty servers: quick, late, and one that never answers."""
    late = {f"late{number}": LATE for number in range(SLEEPERS)}
    quick = {f"quick{number}": 0.0 for number in range(ALL - SLEEPERS - 1)}
    print(f"\n### start: spawn to tools/list with {ALL} servers\n\n| servers | seconds | tools |\n|---|---|---|")
    for words, chosen in (
        ("none", {}),
        (f"{len(quick)} that answer at once", quick),
        (f"and {SLEEPERS} that answer after {LATE:g} s", quick | late),
        ("and one that never answers, wait = 3", quick | late | {"never": 1e6}),
    ):
        entries = {name: {"command": PYTHON, "args": ["-S", "-E", "-c", SERVER, str(s)]} for name, s in chosen.items()}
        seconds, tools = zip(*(start(entries, given) for _ in range(3)), strict=True)
        print(f"| {words} | {median(seconds):.2f} [{min(seconds):.2f} .. {max(seconds):.2f}] | {min(tools)} |")


def start(entries: Mapping[str, Mapping[str, Any]], given: argparse.Namespace) -> tuple[float, int]:
    """Seconds from the start of toolpost to its list, and how many tools of servers are in that."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        command = toolpost(folder, "alone", {}, given)
        path = folder / "alone.toml"
        path.write_text(f"[plugins.upstream]\nwait = 3\n{servers_of(entries)}\n")
        server = target(command, given)
        stack.callback(server.close)
        began = time.perf_counter()
        server.open()
        server.hello()
        tools = server.ask("tools/list", {})["tools"]
        return time.perf_counter() - began, len(tools)


def main() -> None:
    given = options()
    if "call, pipes".startswith(given.only):
        calls("call, pipes", given.server, given)
    if "call, HTTP".startswith(given.only) and given.server == BARE:
        with listening(f"{BARE} --http {PORT}", f"http://127.0.0.1:{PORT}/mcp") as url:
            calls("call, HTTP", url, given)
    if "start".startswith(given.only):
        starts(given)


if __name__ == "__main__":
    main()
