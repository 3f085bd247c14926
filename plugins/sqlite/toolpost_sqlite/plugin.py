"""The plugin: the tools that a database gives to models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field

from toolpost import (
    Changes,
    Context,
    Folders,
    InvalidArguments,
    Resource,
    Store,
    Tool,
    ToolResult,
    hookimpl,
)
from toolpost_sqlite.answers import ROWS, TABLE, WRITTEN, of_changes, of_creation, of_description, of_rows, of_tables
from toolpost_sqlite.bounds import Bounds
from toolpost_sqlite.insights import Insights

if TYPE_CHECKING:
    from toolpost_sqlite.processes import Processes

MEMO = "memo://insights"
# Seconds beyond a statement's own time in which a process starts that works on it, or is ended.
STARTING = 5.0
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
    rows: Annotated[int, Field(ge=1, le=50_000)] = Bounds.rows
    bytes: Annotated[int, Field(ge=1000, le=5_000_000)] = Bounds.bytes
    seconds: Annotated[float, Field(gt=0, le=3600)] = Bounds.seconds
    wait: Annotated[float, Field(ge=0, le=600)] = Bounds.wait
    value_bytes: Annotated[int, Field(ge=10_000, le=1_000_000_000)] = Bounds.value_bytes
    memory: Annotated[int, Field(ge=10_000_000)] = Bounds.memory

    def __post_init__(self) -> None:
        beside = self.folders.configuration
        path = (beside.parent if beside else Path.cwd()) / Path(self.database).expanduser()
        self.path = path.resolve()
        if self.path.is_relative_to(self.folders.data.resolve()):
            raise ValueError("database: this file is toolpost's own; name one outside of its data folder")
        self._insights = Insights(self.store.space("sqlite"), str(self.path))

    @hookimpl
    def tools(self) -> list[Tool]:
        patience = self.seconds + STARTING
        reads: dict[str, Any] = {"read_only": True, "open_world": False, "timeout": patience}
        adds: dict[str, Any] = {"read_only": False, "destructive": False, "open_world": False}
        tools = [
            Tool(self.read_query, title="Read from the database", output_schema=ROWS, **reads),
            Tool(self.list_tables, title="List the tables", output_schema=ROWS, **reads),
            Tool(self.describe_table, title="Describe a table", output_schema=TABLE, **reads),
            Tool(self.append_insight, title="Keep an insight", **adds),
        ]
        if self.read_only:
            return tools
        writes: dict[str, Any] = {"read_only": False, "destructive": True, "idempotent": False, "open_world": False}
        return [
            *tools,
            Tool(self.write_query, title="Change the database", output_schema=WRITTEN, timeout=patience, **writes),
            Tool(self.create_table, title="Create a table", timeout=patience, **adds),
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
        return await self._ask("read", of_rows, sql=query, parameters=_given(parameters))

    async def write_query(
        self,
        query: Annotated[str, Field(description="One INSERT, UPDATE, DELETE or REPLACE; RETURNING gives rows back.")],
        parameters: Parameters = None,
    ) -> ToolResult:
        """Change rows of the SQLite database with one INSERT, UPDATE, DELETE or REPLACE; wholly, or not at all.

        It answers how many rows were changed. Tables are made with create_table, and read with read_query.
        """
        return await self._ask("write", of_changes, sql=query, parameters=_given(parameters))

    async def create_table(
        self, query: Annotated[str, Field(description="One CREATE TABLE, with or without IF NOT EXISTS.")]
    ) -> str:
        """Make a new table in the SQLite database."""
        return await self._ask("create", of_creation, sql=query)

    async def list_tables(self) -> ToolResult:
        """List the tables and views of the SQLite database."""
        return await self._ask("tables", of_tables)

    async def describe_table(
        self, table_name: Annotated[str, Field(description="The name of a table or view.", max_length=1000)]
    ) -> ToolResult:
        """Describe a table or view of the SQLite database: its columns, keys, indexes and statement."""
        return await self._ask("describe", of_description, table=table_name)

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

    async def _ask(self, work: str, finish: Callable[[Any], Answer], **given: Any) -> Answer:
        """What `finish` makes of what one of `asking`'s functions gives."""
        return await self._processes.ask(work, finish, given)

    @hookimpl
    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if "_processes" in self.__dict__:
                self._processes.close()

    def notes(self) -> Iterable[str]:
        """That there is no file yet."""
        if self.path.parent.is_dir() and not self.path.exists():
            yield f"{self.path} is not there yet" + ("" if self.read_only else "; create_table makes it")

    def doubts(self, *known: object) -> Iterator[str]:
        """That nothing can make the file."""
        if not self.path.parent.is_dir():
            yield f"database: {self.path.parent} is no folder; make it, or name a file elsewhere"

    @cached_property
    def _processes(self) -> Processes:
        # Many starts end without a question to the database.
        from toolpost_sqlite.processes import Processes

        bounds = Bounds(self.rows, self.bytes, self.seconds, self.wait, self.value_bytes, self.memory)
        return Processes(self.path, bounds, read_only=self.read_only)


def _given(parameters: list[Scalar] | dict[str, Scalar] | None) -> Any:
    """Values as sqlite3 binds them: names without the sign that stands before them in the query."""
    values = parameters.values() if isinstance(parameters, dict) else parameters or []
    if any(isinstance(value, int) and value not in INTEGERS for value in values):
        raise InvalidArguments("parameters: an integer has at most 64 bits; pass a longer one as text")
    if isinstance(parameters, dict):
        return {name.lstrip(":@$"): value for name, value in parameters.items()}
    return parameters or []
