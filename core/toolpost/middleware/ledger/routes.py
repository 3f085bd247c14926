"""`/admin/jobs` and `/admin/usage`: everybody's jobs and what they cost, without what was asked or answered."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from toolpost.middleware.ledger.money import EVERY_OTHER, MICRO
from toolpost.middleware.ledger.record import Record
from toolpost.routes import Route

if TYPE_CHECKING:
    from toolpost.middleware.ledger.layer import Ledger

Limit = Annotated[int, Field(ge=1, le=1000, description="At most so many.")]
Dollars = Annotated[float, Field(description="US dollars.")]


@dataclass
class Line:
    """A job as the operator sees it."""

    job: str
    principal: str
    tool: str
    state: Annotated[str, Field(description="running, finished, failed, refused, unavailable or ambiguous")]
    started: str
    ended: str | None
    cost_usd: Annotated[float | None, Field(description="In US dollars; null where it is not known.")]


@dataclass
class Usage:
    """What a caller has used, of jobs that are kept."""

    principal: str
    jobs: int = 0
    states: dict[str, int] = field(default_factory=dict)
    cost_usd: Dollars = 0.0
    set_aside_usd: Annotated[float, Field(description="For jobs whose cost is not known yet, or never will be.")] = 0.0
    today_usd: Annotated[float, Field(description="Spent or set aside since the day of UTC began.")] = 0.0
    daily_usd: Annotated[float | None, Field(description="The caller's budget for a day; null without one.")] = None


def routes(ledger: Ledger) -> list[Route]:
    """The routes of one configured ledger."""

    async def jobs(limit: Limit = 100) -> list[Line]:
        """Everybody's jobs, the newest first."""
        entries = await ledger.book.entries()
        return [await _line(ledger, entry.record) for entry in entries[:limit]]

    async def usage() -> list[Usage]:
        """What each caller's jobs have cost, the most expensive first."""
        found: dict[str, Usage] = {}
        midnight = ledger.clock() // 86_400 * 86_400
        for entry in await ledger.book.entries():
            name = entry.record.principal
            _add(found.setdefault(name, Usage(name, daily_usd=_budget(ledger, name))), entry.record, midnight)
        return sorted(found.values(), key=lambda one: (-one.cost_usd, one.principal))

    return [Route("/admin/jobs", jobs, scope="admin"), Route("/admin/usage", usage, scope="admin")]


async def _line(ledger: Ledger, record: Record) -> Line:
    seen = await ledger.desk.view(record)
    # What was said when it failed may quote what was asked, so it stays with the caller.
    return Line(seen.job, record.principal, seen.tool, seen.state, seen.started, seen.ended, seen.cost_usd)


def _add(usage: Usage, record: Record, midnight: float) -> None:
    usage.jobs += 1
    usage.states = dict(Counter(usage.states) + Counter([record.state]))
    if not record.is_paid:
        return
    spent, aside = (record.cost or 0) / MICRO, record.reserved / MICRO if record.cost is None else 0.0
    usage.cost_usd = round(usage.cost_usd + spent, 6)
    usage.set_aside_usd = round(usage.set_aside_usd + aside, 6)
    if record.started >= midnight:
        usage.today_usd = round(usage.today_usd + spent + aside, 6)


def _budget(ledger: Ledger, principal: str) -> float | None:
    return ledger.daily_by_principal.get(principal, ledger.daily_by_principal.get(EVERY_OTHER))
