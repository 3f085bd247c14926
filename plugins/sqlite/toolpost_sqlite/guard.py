"""What statements may do: SQLite asks for each thing while it compiles one (its authorizer)."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Literal

Kind = Literal["read", "write", "create"]

# Each says what a table or index is like, and changes nothing when it is asked so; `database_list` would show paths.
ABOUT_ONE = {"table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"}
ABOUT_ALL = {
    "table_list", "collation_list", "function_list", "compile_options", "user_version", "application_id",
    "encoding", "page_count", "page_size", "freelist_count", "schema_version", "data_version", "journal_mode",
}  # fmt: skip
# They reach files, code or pointers; most are not even there, unless an extension brings them.
FUNCTIONS = {
    "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "lsdir", "lsmode", "fsdir", "zipfile",
    "sqlite_log", "eval", "getenv", "system", "exec", "shell", "tracer", "writable_schema",
}  # fmt: skip
CHANGES = {sqlite3.SQLITE_INSERT: "insert into", sqlite3.SQLITE_UPDATE: "update", sqlite3.SQLITE_DELETE: "delete from"}
MASTER = {"sqlite_master", "sqlite_schema"}
WORDS = {
    sqlite3.SQLITE_ATTACH: "attach other files",
    sqlite3.SQLITE_DETACH: "detach files",
    sqlite3.SQLITE_TRANSACTION: "begin or end transactions",
    sqlite3.SQLITE_SAVEPOINT: "set savepoints",
    sqlite3.SQLITE_ALTER_TABLE: "alter tables",
    sqlite3.SQLITE_DROP_TABLE: "drop tables",
    sqlite3.SQLITE_CREATE_VTABLE: "create virtual tables",
    sqlite3.SQLITE_CREATE_TEMP_TABLE: "create temporary tables",
}


class Guard:
    """Answers SQLite's questions for one kind of statement; until `kind` is set it lets everything pass.

    `shadow` names tables that belong to virtual ones: those write them by
    themselves while a statement runs, but no statement may name them.
    `changed` is what a statement would change, `denied` what it may not do.
    """

    def __init__(self) -> None:
        self.kind: Kind | None = None
        self.shadow: Collection[str] = ()
        self.changed: set[str] = set()
        self.denied = ""

    def __call__(self, action: int, first: str | None, second: str | None, schema: str | None, by: str | None) -> int:
        if self.kind is None:
            return sqlite3.SQLITE_OK
        if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE):
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION:
            return self._if((second or "").lower() not in FUNCTIONS, f"call {second}")
        if action == sqlite3.SQLITE_PRAGMA:
            return self._if(_only_tells(first, second), f"use PRAGMA {first}")
        if action in CHANGES:
            return self._change(action, first or "", schema)
        return self._if(self._creates(action, first or "", schema), WORDS.get(action, "change the schema"))

    def _change(self, action: int, table: str, schema: str | None) -> int:
        if table.lower() in MASTER and (self.kind == "create" or action == sqlite3.SQLITE_UPDATE):
            # Tables that come with functions, such as json_each, are declared by an update that never happens.
            return sqlite3.SQLITE_OK if self.kind == "create" else sqlite3.SQLITE_IGNORE
        own = table.lower().startswith("sqlite_") or table.lower() in self.shadow
        may = self.kind == "write" and schema == "main" and not own
        self.changed |= {table} if may else set()
        return self._if(may, f"{CHANGES[action]} {table}")

    def _creates(self, action: int, name: str, schema: str | None) -> bool:
        if self.kind != "create" or schema != "main":
            return False
        is_index = action == sqlite3.SQLITE_CREATE_INDEX and name.startswith("sqlite_autoindex_")
        return is_index or action == sqlite3.SQLITE_CREATE_TABLE

    def _if(self, may: bool, words: str) -> int:
        if may:
            return sqlite3.SQLITE_OK
        self.denied = self.denied or words
        return sqlite3.SQLITE_DENY


def _only_tells(name: str | None, value: str | None) -> bool:
    return (name or "").lower() in (ABOUT_ALL if value is None else ABOUT_ONE)
