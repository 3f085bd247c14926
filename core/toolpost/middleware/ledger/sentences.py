"""What the ledger says to models and to people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from toolpost.errors import ToolError
from toolpost.middleware.ledger.flight import META
from toolpost.middleware.ledger.money import MICRO
from toolpost.middleware.ledger.record import Record
from toolpost.middleware.ledger.ticket import Ticket
from toolpost.middleware.words import duration
from toolpost.tools.call import ToolResult
from toolpost.tools.content import text
from toolpost.tools.tool import Tool

DIED = "the process that made it ended before it had an answer"
# In the `meta` of a result that no other layer should keep.
UNFINISHED = "toolpost/unfinished"
NOT_KEPT = "it was carried out, and its result could not be kept"


def meta_of(record: Record, **more: Any) -> dict[str, Any]:
    """What goes under `toolpost/ledger` into the `_meta` of an answer; money in US dollars."""
    known: dict[str, Any] = {"job": record.job, "state": record.state, **more}
    if record.cost is not None:
        known["cost_usd"] = record.cost / MICRO
    return {META: known}


def still_working(tool: Tool, job: str) -> ToolResult:
    """What a caller gets whose time is up before the work is done.

    It is no answer in the form that the tool promises, so where it promises
    one this goes as an error: clients refuse anything else.
    """
    said = (
        f"{tool.name} is still working, and goes on (job {job}). "
        "Call it again with the same arguments, or claim_job with this job, to wait for its result: "
        "that costs nothing more."
    )
    meta = {META: {"job": job, "state": "running"}, UNFINISHED: True}
    return ToolResult((text(said),), is_error=tool.output_schema is not None, meta=meta)


def replayed(record: Record, result: ToolResult) -> ToolResult:
    """A kept answer; with an error goes a line that says it is an old one."""
    meta = {**result.meta, **meta_of(record, replayed=True)}
    if not result.is_error:
        return replace(result, meta=meta)
    said = f"(This is the kept answer of job {record.job}; after forget_job with that job the call is made anew.)"
    return replace(result, content=(*result.content, text(said)), meta=meta)


def unknown(record: Record, blocked: float) -> ToolError:
    """Why a call is not sent again, and how to have it sent all the same."""
    error = ToolError(
        f"this very call of {record.tool} was made at {moment(record.started)} (job {record.job}), and "
        f"{_known(record)}. So that nobody pays twice it is not sent again by itself; if the person wants that, call "
        f"forget_job with this job (on the command line: `toolpost jobs forget {record.job}`) and then the tool "
        f"again. After {duration(blocked)} it can be made again anyway."
    )
    error.meta = meta_of(record, state="ambiguous")
    return error


def lost(ticket: Ticket, record: Record | None, blocked: float) -> str:
    """Why a call has no result whose process is gone."""
    if ticket.paid and record is not None:
        return str(unknown(record, blocked))
    happened = (outcome(record) if record is not None else DIED).rstrip(".")
    return f"{ticket.tool} (job {ticket.job}) has no result: {happened}. Call it again."


def outcome(record: Record) -> str:
    """What became of a job, in a few words."""
    if record.state == "running":
        return DIED
    if record.state == "finished" and record.result is None:
        return record.said or NOT_KEPT
    return record.said


def moment(seconds: float) -> str:
    """A time of UTC as people read it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _known(record: Record) -> str:
    if record.state == "finished":
        return NOT_KEPT
    happened = outcome(record) or "it failed"
    return f"it is not known whether it was carried out: {happened.rstrip('.')}"
