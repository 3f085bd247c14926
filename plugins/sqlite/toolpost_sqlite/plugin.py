"""The plugin: the tools that a database gives to models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import anyio
from pydantic import Field

from toolpost import (
    Changes,
    Context,
    Folders,
    InvalidArguments,
    Resource,
    Store,
    Tool,
    ToolError,
    ToolResult,
    hookimpl,
    in_thread,
)
from toolpost_sqlite.answers import ROWS, TABLE, WRITTEN, of_changes, of_description, of_rows, of_tables
from toolpost_sqlite.bounds import Bounds
from toolpost_sqlite.insights import Insights

if TYPE_CHECKING:
    from toolpost_sqlite.database import File
    from toolpost_sqlite.run import Run

MEMO = "memo://insights"
# Seconds beyond its own time after which work is left behind that nothing inside SQLite stops.
GRACE = 0.1
INTEGERS = range(-(2**63), 2**63)
Answer = TypeVar("Answer")
Scalar = str | int | float | bool | None
Parameters = Annotated[
    list[Scalar] | dict[str, Scalar] | None,
    Field(
        description="Values for the placeholders of the query, so that nothing needs to be quoted: "
        "a list for ?, or an object for :name."
    ),
]


@dataclass(eq=False)
class SQLite:
    """Lets models read and write the SQLite `database` at this path: absolute, from `~`, or beside the configuration.

    `read_only` leaves out the tools that write. An answer has at most `rows`
    and `bytes` of data; a statement takes at most `seconds`, waits `wait`
    seconds for another writer, and `memory` bytes, which is also how far it
    may let the file grow. One value, or a row that is written, is at most
    `value_bytes` long.
    """

    store: Store
    changes: Changes
    folders: Folders
    database: Annotated[str, Field(min_length=1, examples=["~/shop.db"])]
    read_only: bool = False
    rows: Annotated[int, Field(ge=1, le=50_000)] = 1000
    bytes: Annotated[int, Field(ge=1000, le=5_000_000)] = 400_000
    seconds: Annotated[float, Field(gt=0, le=3600)] = 10.0
    wait: Annotated[float, Field(ge=0, le=600)] = 5.0
    value_bytes: Annotated[int, Field(ge=10_000, le=1_000_000_000)] = 1_000_000
    memory: Annotated[int, Field(ge=10_000_000)] = 128_000_000

    def __post_init__(self) -> None:
        beside = self.folders.configuration
        path = (beside.parent if beside else Path.cwd()) / Path(self.database).expanduser()
        self.path = path.resolve()
        if self.path.is_relative_to(self.folders.data.resolve()):
            raise ValueError("database: this file is toolpost's own; name one outside of its data folder")
        self._insights = Insights(self.store.space("sqlite"), str(self.path))

    @hookimpl
    def tools(self) -> list[Tool]:
        reads: dict[str, Any] = {"read_only": True, "open_world": False, "timeout": self._patience}
        adds: dict[str, Any] = {"read_only": False, "destructive": False, "open_world": False}
        tools = [
            Tool(self.read_query, output_schema=ROWS, **reads),
            Tool(self.list_tables, output_schema=ROWS, **reads),
            Tool(self.describe_table, output_schema=TABLE, **reads),
            Tool(self.append_insight, **adds),
        ]
        if self.read_only:
            return tools
        writes: dict[str, Any] = {"read_only": False, "destructive": True, "idempotent": False, "open_world": False}
        return [
            *tools,
            Tool(self.write_query, output_schema=WRITTEN, timeout=self._patience, **writes),
            Tool(self.create_table, timeout=self._patience, **adds),
        ]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource(MEMO, self.insights, title="Insights from the database", mime_type="text/plain")]

    async def read_query(
        self,
        query: Annotated[str, Field(description="One SELECT, in SQLite's SQL.", examples=["SELECT 1"])],
        parameters: Parameters = None,
    ) -> ToolResult:
        """Read from the SQLite database with a SELECT (also WITH, VALUES, EXPLAIN QUERY PLAN); it can change nothing.

        Call list_tables and describe_table first, to know what there is. Long answers are cut, and say so: prefer
        counts and sums, WHERE and LIMIT to reading whole tables.
        """
        from toolpost_sqlite import asking

        return of_rows(await self._ask(partial(asking.read, sql=query, parameters=_given(parameters))))

    async def write_query(
        self,
        query: Annotated[str, Field(description="One INSERT, UPDATE, DELETE or REPLACE; RETURNING gives rows back.")],
        parameters: Parameters = None,
    ) -> ToolResult:
        """Change rows of the SQLite database with one INSERT, UPDATE, DELETE or REPLACE; wholly, or not at all.

        It answers how many rows were changed. Tables are made with create_table, and read with read_query.
        """
        from toolpost_sqlite import asking

        work = partial(asking.write, sql=query, parameters=_given(parameters))
        return of_changes(*await self._ask(work))

    async def create_table(
        self, query: Annotated[str, Field(description="One CREATE TABLE, with or without IF NOT EXISTS.")]
    ) -> str:
        """Make a new table in the SQLite database."""
        from toolpost_sqlite import asking

        is_new = await self._ask(partial(asking.create, sql=query))
        return "The table was created." if is_new else "There is such a table already; nothing was changed."

    async def list_tables(self) -> ToolResult:
        """List the tables and views of the SQLite database."""
        from toolpost_sqlite import asking

        return of_tables(await self._ask(asking.tables))

    async def describe_table(
        self, table_name: Annotated[str, Field(description="The name of a table or view.", max_length=1000)]
    ) -> ToolResult:
        """Describe a table or view of the SQLite database: its columns, keys, indexes and statement."""
        from toolpost_sqlite import asking

        return of_description(await self._ask(partial(asking.describe, table=table_name)))

    async def append_insight(
        self, insight: Annotated[str, Field(description="What was found out, in a sentence or two.")], context: Context
    ) -> str:
        """Keep something that the data told for later: add it to the memo that can be read as memo://insights."""
        count = await self._insights.add(context.principal, insight)
        await self.changes.updated(MEMO)
        return f"The insight is in the memo, which has {count} now."

    async def insights(self, context: Context) -> str:
        """What was found out about the database, as append_insight kept it."""
        return await self._insights.memo(context.principal)

    async def _ask(self, work: Callable[[File, Run], Answer]) -> Answer:
        """What some work gives that runs in a thread, and is stopped when its time is over or its caller goes."""
        from toolpost_sqlite.failures import stopped
        from toolpost_sqlite.run import Run

        run = Run(self._bounds)
        try:
            with anyio.move_on_after(self._patience):
                answer: Answer = await in_thread(self, partial(work, self._file, run))
                return answer
        except BaseException:
            run.stop("gone")
            raise
        if run.stop("time"):
            raise stopped(run, writes=True)
        raise ToolError(
            "the disk is so slow that it is not known whether the change was made; read before trying again"
        )

    @property
    def _patience(self) -> float:
        return self.seconds + GRACE

    @cached_property
    def _bounds(self) -> Bounds:
        return Bounds(self.rows, self.bytes, self.seconds, self.wait, self.value_bytes, self.memory)

    @cached_property
    def _file(self) -> File:
        # sqlite3 takes some milliseconds to import, and many starts end without a question to the database.
        from toolpost_sqlite.database import File

        return File(self.path, self._bounds, read_only=self.read_only)


def _given(parameters: list[Scalar] | dict[str, Scalar] | None) -> Any:
    """Values as sqlite3 binds them: names without the sign that stands before them in the query."""
    values = parameters.values() if isinstance(parameters, dict) else parameters or []
    if any(isinstance(value, int) and value not in INTEGERS for value in values):
        raise InvalidArguments("parameters: an integer has at most 64 bits; pass a longer one as text")
    if isinstance(parameters, dict):
        return {name.lstrip(":@$"): value for name, value in parameters.items()}
    return parameters or []
