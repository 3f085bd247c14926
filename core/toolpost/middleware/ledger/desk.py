"""Where callers ask for their jobs: three tools and two resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Annotated

import anyio
from pydantic import Field

from toolpost.errors import InvalidArguments, ToolError
from toolpost.middleware.ledger.book import Entry, owner_of
from toolpost.middleware.ledger.carrier import FIRST_LOOK, LONGEST_LOOK, Carrier
from toolpost.middleware.ledger.flight import META, Flight
from toolpost.middleware.ledger.money import MICRO
from toolpost.middleware.ledger.record import Record, Standing
from toolpost.middleware.ledger.sentences import moment, outcome, replayed
from toolpost.primitives import Resource
from toolpost.tools.call import ToolResult
from toolpost.tools.content import text
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool

JobName = Annotated[str, Field(description="The job's name, as list_jobs or an answer gave it.")]


@dataclass
class Job:
    """A job as its owner sees it."""

    job: str
    tool: str
    state: Annotated[str, Field(description="running, finished, failed, refused, unavailable or ambiguous")]
    started: str
    ended: str | None
    cost_usd: Annotated[float | None, Field(description="In US dollars; null where it is not known.")]
    said: Annotated[str, Field(description="What went wrong, if something did.")]


@dataclass(frozen=True)
class Desk:
    """Answers for a principal's own jobs; those of others are as if there were none."""

    carrier: Carrier
    flights: Mapping[str, Flight]
    patience: Callable[[Context], float]

    @cached_property
    def claiming(self) -> Tool:
        """The tool that gives out results."""
        return Tool(self.claim_job, read_only=True, open_world=False)

    def tools(self) -> list[Tool]:
        """The tools; forgetting counts as destructive, so that clients ask before money is spent twice."""
        return [
            Tool(self.list_jobs, read_only=True, open_world=False),
            self.claiming,
            Tool(self.forget_job, destructive=True, idempotent=True, open_world=False),
        ]

    def resources(self) -> list[Resource]:
        """The same to read."""
        return [
            Resource("jobs://list", self.jobs, title="Jobs", mime_type="application/json"),
            Resource("jobs://{job}", self.job, title="A job", mime_type="application/json"),
        ]

    async def list_jobs(
        self,
        limit: Annotated[int, Field(ge=1, le=200, description="At most so many.")] = 20,
        turns: Annotated[bool, Field(description="Also the turns of a model in conversations.")] = False,
        *,
        context: Context,
    ) -> list[Job]:
        """List the caller's calls that cost money or run as tasks, the newest first: running, finished and failed.

        Use it to find the job of an answer that never arrived, for claim_job.
        """
        entries = await self.carrier.book.entries(owner_of(context.principal))
        wanted = (entry.record for entry in entries if turns or entry.record.kind != "model")
        return [await self.view(record) for record in islice(wanted, limit)]

    async def claim_job(self, job: JobName, *, context: Context) -> ToolResult:
        """Get the result of a job, which costs nothing; while it still runs, this waits for it."""
        with anyio.move_on_after(self.patience(context)):
            return await self._claim(job, context)
        return ToolResult((text(f"job {job} is still running; ask again"),), meta={META: {"job": job}})

    async def forget_job(self, job: JobName, *, context: Context) -> str:
        """Have a job no longer answer for its call, so that the same call is made, and paid for, once more.

        Ask the person first. Needed where a call failed and it is not known
        whether it was carried out, or to have a finished call made anew at once.
        """
        return await self.forget(await self._entry(job, context))

    async def jobs(self, context: Context) -> list[Job]:
        """The caller's newest jobs."""
        return await self.list_jobs(100, context=context)

    async def job(self, job: str, context: Context) -> Job:
        """One of the caller's jobs."""
        return await self.view((await self._entry(job, context)).record)

    async def view(self, record: Record) -> Job:
        """A record as it is shown: what runs in a process that has died is ambiguous."""
        lost = record.state == "running" and not await self.is_running(record)
        return Job(
            job=record.job,
            tool=record.tool,
            state="ambiguous" if lost else record.state,
            started=moment(record.started),
            ended=moment(record.ended) if record.ended else None,
            cost_usd=record.cost / MICRO if record.cost is not None else None,
            said=outcome(record) if lost or record.state != "running" else "",
        )

    async def forget(self, entry: Entry) -> str:
        """Let the call of a job be made again.

        Raises:
            ToolError: it is running.
        """
        if await self.is_running(entry.record):
            raise ToolError(f"job {entry.record.job} is running; claim it, or forget it when it has ended")
        await self.carrier.book.forget(entry)
        return f"job {entry.record.job} is forgotten: the same call of {entry.record.tool} would be made anew"

    async def delivered(self, entry: Entry) -> ToolResult:
        """The result of a job that is over.

        Raises:
            ToolError: there is none.
        """
        record = entry.record
        if record.result is not None:
            return replayed(record, await self.carrier.shelf.restore(record.result))
        raise ToolError(f"job {record.job} has no result: {outcome(record) or 'it failed'}")

    async def _claim(self, job: str, context: Context) -> ToolResult:
        pause = FIRST_LOOK
        while True:
            entry = await self._entry(job, context)
            flight = self.flights.get(entry.record.place)
            if flight is not None and flight.job == job and flight.departed:
                await flight.attend(context, float("inf"))
                if isinstance(flight.ending, ToolResult):
                    return flight.ending
            elif not await self.is_running(entry.record):
                return await self.delivered(entry)
            else:
                await anyio.sleep(pause)
                pause = min(2 * pause, LONGEST_LOOK)

    async def is_running(self, record: Record) -> bool:
        """Whether a job is under way, here or in another process."""
        flight = self.flights.get(record.place)
        if flight is not None and flight.job == record.job and flight.departed and record.state == "running":
            return True
        return await self.carrier.standing(record) is Standing.RUNNING

    async def _entry(self, job: str, context: Context) -> Entry:
        entry = await self.carrier.book.find(owner_of(context.principal), job)
        if entry is None:
            raise InvalidArguments("job: there is no such job of this caller; list_jobs names those there are")
        return entry
