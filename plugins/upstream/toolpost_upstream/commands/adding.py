"""`toolpost upstream add`: the words of a command line as the settings of a server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from toolpost import ConfigError
from toolpost.kit import SECRET
from toolpost_upstream.commands.writing import kept, variable_in

ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def settings(
    target: Sequence[str],
    transport: str | None,
    env: Iterable[str],
    headers: Iterable[str],
    cwd: Path | None,
    oauth: bool,
) -> dict[str, Any]:
    """What is written for a server.

    Raises:
        ConfigError: the words make no server.
    """
    if len(target) == 1 and ADDRESS.fullmatch(target[0]):
        found: dict[str, Any] = {"url": kept(target[0]), "headers": dict(map(_header, headers))}
        found |= {"auth": "oauth"} if oauth else {}
    elif not target:
        raise ConfigError("give an address, or `--` and a command: toolpost upstream add NAME -- npx -y some-server")
    else:
        found = {"command": kept(target[0]), "args": [*map(kept, target[1:])], "env": dict(map(_variable, env))}
        found |= {"cwd": str(cwd.absolute())} if cwd else {}
    _refuse_foreign(found, env, headers, cwd, oauth)
    found |= {"transport": transport} if transport else {}
    return {key: value for key, value in found.items() if value not in ([], {})}


def literal_secrets(raw: dict[str, Any]) -> list[str]:
    """Where a secret stands in what is written, instead of a variable."""
    return [
        f"{key} {name}"
        for key in ("env", "headers")
        for name, value in raw.get(key, {}).items()
        if SECRET.search(name) and value and not variable_in(value)
    ]


def _refuse_foreign(
    found: dict[str, Any], env: Iterable[str], headers: Iterable[str], cwd: Path | None, oauth: bool
) -> None:
    starts = "command" in found
    given = {"--header": headers, "--oauth": oauth} if starts else {"--env": env, "--cwd": cwd}
    wrong = next((option for option, value in given.items() if value), None)
    if wrong:
        raise ConfigError(
            f"{wrong} says nothing to a server with {'a command' if starts else 'an address'}; leave it out"
        )


def _variable(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not VARIABLE.fullmatch(name):
        raise ConfigError(f"--env {name[:64]!r}: write NAME, to pass on a variable of yours, or NAME=VALUE")
    return name, kept(value) if equals else f"${{{name}}}"


def _header(word: str) -> tuple[str, str]:
    name, mark, value = re.match(r"([^=:]*)([=:]?)(.*)", word, re.DOTALL).groups()  # type: ignore[union-attr]  # it fits any text
    if not mark or not name.strip():
        raise ConfigError("--header: write NAME=VALUE, such as 'Authorization=Bearer ${TOKEN}'")
    return name.strip(), kept(value.strip())
