"""The changes that give and take bearer tokens, in `[http.tokens]` of a person's configuration."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from toolpost.config.edit import Amendment

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def add_token(name: str, entry: Mapping[str, Any]) -> Amendment:
    """The change that adds a token: a table of its own at the end of the file, where no other token is yet."""

    def change(document: Any) -> None:
        http = document.get("http", {})
        if http.get("tokens"):
            http["tokens"][name] = dict(entry)
            return
        # An empty `tokens = {}` would stand in the way of a table.
        if "tokens" in http:
            del http["tokens"]
        if type(document) is dict:
            document.setdefault("http", {})["tokens"] = {name: dict(entry)}
        else:
            _append(document, name, entry)

    return change


def remove_token(name: str) -> Amendment:
    """The change that takes a token away."""

    def change(document: Any) -> None:
        http = document["http"]
        del http["tokens"][name]
        # Tables that nothing is left of are not written.
        if not http["tokens"]:
            del http["tokens"]
        if not http:
            del document["http"]

    return change


def _append(document: Any, name: str, entry: Mapping[str, Any]) -> None:
    import tomlkit

    key = name if BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    lines = [f"{field} = {json.dumps(value, ensure_ascii=False)}" for field, value in entry.items()]
    table = tomlkit.parse("\n".join(["", f"[http.tokens.{key}]", *lines, ""]))
    try:
        # tomlkit would put it before the next table, and so below comments that are about that one.
        document.append("http", table["http"])
    except tomlkit.exceptions.TOMLKitError:  # `http = { … }`, which nothing can be added to from outside
        document["http"]["tokens"] = {name: dict(entry)}
