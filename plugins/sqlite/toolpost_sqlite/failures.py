"""What SQLite says went wrong, as a model can act on it."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterable

from toolpost import InvalidArguments, ToolError, did_you_mean
from toolpost_sqlite.bounds import Bounds
from toolpost_sqlite.database import Connection
from toolpost_sqlite.run import Run, Why

log = logging.getLogger("toolpost.sqlite")
MISSING = re.compile(r"(?:no such (table|column)|has no (column) named):? (?:main\.)?(.+)")
OWN = "name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
TABLES = f"SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND {OWN} LIMIT 500"  # noqa: S608 - ours
COLUMNS = f"SELECT DISTINCT c.name FROM ({TABLES}) t JOIN temp.pragma_table_xinfo(t.name) c LIMIT 2000"  # noqa: S608
# So many names fit into a sentence.
NAMED = 30

STOPPED = {
    "time": "it took longer than {seconds:g} s and was stopped; {changed}ask for less at once",
    "memory": "it needs more than {memory} bytes of memory and was stopped; {changed}ask for less at once",
    "gone": "it was stopped; {changed}nobody waits for it",
}
# What the operator has to see to; a path is for the log alone.
OPERATORS = {
    "SQLITE_CANTOPEN": "the database cannot be opened",
    "SQLITE_READONLY": "the database may not be written, or needs to be written before it can be read",
    "SQLITE_NOTADB": "the file is no SQLite database",
    "SQLITE_CORRUPT": "the database is damaged",
    "SQLITE_IOERR": "the disk fails",
    "SQLITE_PERM": "the database may not be read",
    "SQLITE_PROTOCOL": "the database is locked in a way that cannot be waited for",
}


def failure(error: Exception, run: Run, connection: Connection | None, tool: str, *, writes: bool = False) -> ToolError:
    """Our error for one of SQLite's, or of a text that it cannot take."""
    name = str(getattr(error, "sqlite_errorname", ""))
    if run.why is not None:
        return stopped(run.why, run.bounds, writes=writes)
    if isinstance(error, MemoryError) or name == "SQLITE_IOERR_NOMEM":
        run.why = "memory"
        return stopped("memory", run.bounds, writes=writes)
    if connection is not None and connection.guard.denied and "not authorized" in str(error):
        return InvalidArguments(f"query: {tool} may not {connection.guard.denied}")
    for known, words in OPERATORS.items():
        if name.startswith(known):
            log.error("%s: %s", words, error)
            return ToolError(f"{words}; the operator has to see to it")
    return InvalidArguments(f"query: {_words(error, name, connection)}")


def stopped(why: Why, bounds: Bounds, *, writes: bool = False) -> ToolError:
    """The error for work that took too much."""
    changed = "nothing was changed; " if writes else ""
    return ToolError(STOPPED[why].format(seconds=bounds.seconds, memory=bounds.memory, changed=changed))


def near(word: str, known: Iterable[str]) -> str:
    """The name that was probably meant, or the first of those that there are."""
    names = list(known)
    said = did_you_mean(word, names)
    if said.startswith("did") or len(names) <= NAMED:
        return said
    return f"{did_you_mean(word, names[:NAMED])} and {len(names) - NAMED} more"


def names(connection: Connection, sql: str) -> list[str]:
    """Names of tables or columns, without the guard, which is for what models write."""
    kind, connection.guard.kind = connection.guard.kind, None
    try:
        return [str(name) for (name,) in connection.db.execute(sql)]
    except sqlite3.Error:
        return []
    finally:
        connection.guard.kind = kind


def _words(error: Exception, name: str, connection: Connection | None) -> str:
    words = str(error)
    if (missing := MISSING.search(words)) and connection is not None:
        wanted = missing[3].strip('"')
        known = names(connection, TABLES if missing[1] == "table" else COLUMNS)
        return f"{words}; {near(wanted.rpartition('.')[2][:64], known)}"
    for pattern, say in SAID.items():
        if pattern in words or pattern == name:
            return say(words)
    return words


SAID: dict[str, Callable[[str], str]] = {
    "one statement at a time": lambda words: "only one statement a call; send the others by themselves",
    "SQLITE_TOOBIG": lambda words: (
        "a value is too long to be read or written whole; leave its column out, or take length(column)"
    ),
    "SQLITE_FULL": lambda words: "it would let the database grow too far; nothing was changed; write less at once",
    "LIKE or GLOB pattern too complex": lambda words: "a pattern of LIKE or GLOB has at most 100 characters",
    "too many attached databases": lambda words: "no other file can be attached",
    "inding": lambda words: f"{words[:1].lower()}{words[1:].rstrip('.')}; pass them in `parameters`",
    "SQLITE_CONSTRAINT": lambda words: f"{words}; nothing was changed",
    "surrogates not allowed": lambda words: "a text has half a character (a lone surrogate), which no database takes",
    "can't decode": lambda words: "a name is no text; name the columns with AS",
    "constraint failed": lambda words: f"the database refuses it: {words}; nothing was changed",
}
