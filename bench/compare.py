"""Measures toolpost beside the bare SDK server, itself without layers, and FastMCP, in paired runs; prints Markdown.

./run python bench/compare.py                     everything, some ten minutes
./run python bench/compare.py --quick             fewer rounds, to see whether it works
./run python bench/compare.py --only call         those whose name begins so
./run python bench/compare.py --fastmcp PYTHON    also FastMCP, from an environment that has it
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
PYTHON = sys.executable
BARE = f"{PYTHON} {HERE}/bare_server.py"
OURS = f"{PYTHON} {HERE}/serve_echo.py"
ECHO = ("--tool", "echo", "--args", '{"text":"hi {{i}}"}')
TOKEN = "bench-token"
FIGURES = {
    "tools/list": "ms", "cpu": "ms", "rss": "MB",
    "calls/s": "", "p50": "us", "p99": "us", "server cpu/call": "us",
}  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Two targets under one command of the harness."""

    name: str
    command: str
    target: str
    versus: str
    options: tuple[str, ...] = ()


def comparisons(fastmcp: str | None) -> list[Comparison]:
    """All there is to compare, by name."""
    found = [Comparison("start: toolpost / bare SDK server", "start", OURS, BARE)]
    for backend in ("asyncio", "trio"):
        ours = f"{OURS} --backend {backend}"
        found.append(Comparison(f"call, {backend}: toolpost / bare", "call", ours, BARE, (*ECHO, "-c", "1,16,64")))
    for size, count in ((1024, "1000"), (102_400, "200")):
        pad = ("--tool", "echo", "--args", "{}", "--pad", f"text={size}", "-n", count)
        found.append(Comparison(f"call, {size} bytes: toolpost / bare", "call", OURS, BARE, pad))
    modern = (*ECHO, "-c", "1,16", "--protocol", "2026-07-28")
    found.append(Comparison("call, 2026-07-28: toolpost / bare", "call", OURS, BARE, modern))
    found.append(Comparison("call: with / without layers", "call", OURS, f"{OURS} --bare", (*ECHO, "-c", "1,16")))
    for number in (10, 100, 1000):
        targets = (f"{OURS} --tools {number}", f"{BARE} --tools {number}")
        found.append(Comparison(f"list, {number} tools: toolpost / bare", "list", *targets, ("-n", "200")))
    if fastmcp:
        found.append(Comparison("start: toolpost / FastMCP 4", "start", OURS, f"{fastmcp} {HERE}/fastmcp_server.py"))
        call = (*ECHO, "-c", "1,16")
        found.append(
            Comparison("call: toolpost / FastMCP 4", "call", OURS, f"{fastmcp} {HERE}/fastmcp_server.py", call)
        )
    return [*found, *over_http(fastmcp)]


def over_http(fastmcp: str | None) -> list[Comparison]:
    """The same over HTTP: toolpost asks for a bearer token, and the others do not."""
    eras, same = ("2025-11-25", "2026-07-28"), "--json --loop uvloop --parser httptools"
    call = (*ECHO, "-c", "1,16", "--header", f"Authorization: Bearer {TOKEN}")
    found = []
    for era in eras:
        options = (*call, "--protocol", era)
        found += [
            Comparison(f"http, {era}: toolpost / bare, its loop and parser as ours, JSON", "call",
                       served(OURS, 18101), served(BARE, 18102, same), options),
            Comparison(f"http, {era}: toolpost / bare on its defaults", "call",
                       served(OURS, 18101), served(BARE, 18102), options),
        ]  # fmt: skip
    many = (*call, "--protocol", eras[1])
    name = "http, 2026-07-28: toolpost with 1000 tools / bare with one"
    found.append(Comparison(name, "call", served(f"{OURS} --tools 1000", 18101), served(BARE, 18102, same), many))
    if fastmcp:
        other = served(f"{fastmcp} {HERE}/fastmcp_server.py", 18102)
        found.append(Comparison("http, 2025-11-25: toolpost / FastMCP 4", "call", served(OURS, 18101), other, call))
    return found


def served(command: str, port: int, more: str = "") -> str:
    """A server at a port of this machine, as the harness wants to be told."""
    return f"{command} --http {port} {more} @@ http://127.0.0.1:{port}/mcp"


def measure(comparison: Comparison, quick: bool) -> list[dict[str, Any]]:
    """The harness's tables for a comparison."""
    rounds = {"start": ("--runs", "4" if quick else "12"), "call": ("--rounds", "2" if quick else "6")}
    options = [*comparison.options, *rounds.get(comparison.command, rounds["call"])]
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as raw:
        command = [PYTHON, str(HERE / "mcpbench.py"), comparison.command, comparison.target, "--vs", comparison.versus]
        subprocess.run([*command, *options, "--json", raw.name], check=True, stdout=subprocess.DEVNULL)
        return [json.loads(line) for line in raw]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--fastmcp", metavar="PYTHON")
    options = parser.parse_args()
    for comparison in comparisons(options.fastmcp):
        if comparison.name.startswith(options.only):
            print(f"\n### {comparison.name}\n", flush=True)
            for table in measure(comparison, options.quick):
                show(table)


def show(table: dict[str, Any]) -> None:
    """A table of the harness, with the ratio taken round by round: median [least .. most]."""
    print(f"{table['title']}\n\n| figure | toolpost | other | ratio |\n|---|---|---|---|")
    ours, theirs = table["rounds"]["A"], table["rounds"]["B"]
    for figure, unit in FIGURES.items():
        if figure in ours[0]:
            pairs = [(a[figure], b[figure]) for a, b in zip(ours, theirs, strict=True)]
            ratios = sorted(a / b for a, b in pairs)
            mine, other = median(a for a, _ in pairs), median(b for _, b in pairs)
            spread = f"{median(ratios):.2f} [{ratios[0]:.2f} .. {ratios[-1]:.2f}]"
            print(f"| {figure} {unit} | {mine:.4g} | {other:.4g} | {spread} |")
    print(flush=True)


if __name__ == "__main__":
    main()
