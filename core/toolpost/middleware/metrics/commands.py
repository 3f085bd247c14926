"""`toolpost stats`: what was called, how it went and what it took, by every process of this toolpost."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import anyio
import click

from toolpost.errors import ToolError
from toolpost.middleware.metrics.counters import Counters, Tally, by_tool
from toolpost.middleware.metrics.latency import QUANTILES, quantile

if TYPE_CHECKING:
    from toolpost.middleware.metrics.layer import Metrics

TOTAL = "all"
HEAD = (
    "tool",
    "calls",
    "errors",
    "p50",
    "p95",
    "p99",
    "tokens in",
    "tokens out",
    "cost",
    "cache hits",
    "how they failed",
)


def command(metrics: Metrics) -> click.Command:
    """The command of one configured plugin."""

    @click.command("stats")
    @click.option("--since", default="today", show_default=True, metavar="WHEN", help="today, all, 7d or 2026-11-20.")
    @click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
    def stats(since: str, for_programs: bool) -> None:
        """Show how often each tool was called, how it went, and what it took.

        Days are those of UTC. A running process adds its latest numbers every few seconds.
        """
        from toolpost.cli.output import as_json

        first, counters = _found(metrics, since)
        if for_programs:
            as_json(summary(counters, first))
        else:
            _print(counters, first)

    return stats


def summary(counters: Counters, first: date | None) -> dict[str, Any]:
    """All numbers by tool, and their sum, for programs."""
    surfaces: dict[str, dict[str, int]] = {}
    for (tool, surface), tally in counters.tallies.items():
        surfaces.setdefault(tool, {})[surface] = tally.calls
    tools = list(by_tool(counters.tallies))
    rows = [{"tool": tool, "plugin": tally.plugin, "surfaces": surfaces[tool], **_row(tally)} for tool, tally in tools]
    return {"since": first.isoformat() if first else None, "tools": rows, "total": _row(_sum(tools))}


def _found(metrics: Metrics, since: str) -> tuple[date | None, Counters]:
    if metrics.days is None:
        raise click.ClickException("no numbers are kept; set [plugins.metrics] keep_days above 0")
    first = _first(since, metrics.days.today())
    try:
        return first, anyio.run(metrics.days.since, first)
    except ToolError as error:
        raise click.ClickException(str(error)) from error


def _first(since: str, today: date) -> date | None:
    if since in ("today", "all"):
        return today if since == "today" else None
    if days := re.fullmatch(r"(\d{1,5})d", since):
        return today - timedelta(days=max(0, int(days[1]) - 1))
    try:
        return date.fromisoformat(since)
    except ValueError:
        raise click.BadParameter(f"{since[:40]!r} is no time; write today, all, 7d or 2026-11-20") from None


def _row(tally: Tally) -> dict[str, Any]:
    asked = sum(tally.cache.values())
    return {
        "calls": tally.calls,
        "errors": dict(sorted(tally.errors.items())),
        **{f"p{share * 100:g}_seconds": quantile(tally.buckets, share) for share in QUANTILES},
        "input_tokens": tally.tokens.get("input", 0),
        "output_tokens": tally.tokens.get("output", 0),
        "cost_usd": round(tally.cost, 6),
        "cache": dict(sorted(tally.cache.items())),
        "cache_hit_rate": (asked - tally.cache.get("miss", 0)) / asked if asked else None,
    }


def _sum(tools: list[tuple[str, Tally]]) -> Tally:
    total = Tally()
    for _, tally in tools:
        total.add(tally)
    total.plugin = ""
    return total


def _print(counters: Counters, first: date | None) -> None:
    from toolpost.cli.output import table

    tools = list(by_tool(counters.tallies))
    if not tools:
        click.echo(f"no calls since {first}" if first else "no calls are kept")
        return
    rows = [(tool, _row(tally)) for tool, tally in tools]
    if len(rows) > 1:
        rows.append((TOTAL, _row(_sum(tools))))
    table(HEAD, [_cells(tool, row) for tool, row in rows])


def _cells(tool: str, row: dict[str, Any]) -> list[str]:
    times = [_time(row[f"p{share * 100:g}_seconds"]) for share in QUANTILES]
    rate, cost = row["cache_hit_rate"], row["cost_usd"]
    return [
        tool,
        str(row["calls"]),
        str(sum(row["errors"].values()) or ""),
        *times,
        str(row["input_tokens"] or ""),
        str(row["output_tokens"] or ""),
        f"{cost:.4f} USD" if cost else "",
        "" if rate is None else f"{rate:.0%}",
        ", ".join(f"{kind} {number}" for kind, number in row["errors"].items()),
    ]


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"
