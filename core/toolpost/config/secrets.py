"""Which settings may be secrets, and how they are kept out of everything that a person or a log sees."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from toolpost.config.fields import Setting

if TYPE_CHECKING:
    from toolpost.config.load import Config

SECRET = re.compile(r"key|token|secret|passw|pwd|credential|auth|private|bearer|cookie|dsn", re.IGNORECASE)
USER_OF_URL = re.compile(r"(?<=://)[^/@\s]+(?=@)")
# An address that a person gives may hold a key in its query, under any name.
QUERY_OF_URL = re.compile(r"(://[^\s?#]*\?)[^\s#]+")
# In a word of a command line: `Authorization: Bearer …`, `sh -c 'TOKEN=…'`.
SCHEME = re.compile(r"\b(bearer|basic)(\s+)[^\s\"']+", re.IGNORECASE)
ASSIGNED = re.compile(rf"([\w.-]*(?:{SECRET.pattern})[\w.-]*=)[^\s\"'&]+", re.IGNORECASE)
FLAG = re.compile(r"(--?[\w-]+)(=.*)?", re.DOTALL)
HIDDEN = "(hidden)"
# Shorter ones stand in too many texts by chance.
SHORTEST = 4
# What stands in a table that is private as a whole, such as the variables of a program, may be a plain word.
SHORTEST_IN_TABLE = 8


def visible(key: str, setting: Setting, private: Collection[str] = ()) -> Any:
    """A setting's value as anybody may see it; `private` are the plugin's own `SecretStr` fields."""
    if _is_hidden(key, setting, private):
        return HIDDEN if setting.value not in ("", None) else setting.value
    return _shown(key, setting.value, private)


def without_secrets(config: Config, private: Callable[[str], Collection[str]]) -> Callable[[str], str]:
    """A function that takes the secrets of a configuration and of the environment out of a text.

    `private` says which fields of a plugin are secrets.
    """
    # PWD and SSH_AUTH_SOCK look like secrets by name; what is a path is none.
    known = {text for name, text in os.environ.items() if SECRET.search(name) and not os.path.exists(text)}  # noqa: PTH110 - a Path refuses what is no path
    for table in config.plugins.values():
        for key, setting in table.settings.items():
            known.update(_secrets(key, setting, private(table.name)))
    for settings in config.own_settings.values():
        for key, setting in settings.items():
            # Of a token there is only its hash, beside the names of people and scopes.
            known.update(_secrets(key, setting, ()) if key != "tokens" else ())
    longest_first = sorted((text for text in known if len(text) >= SHORTEST), key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
    return lambda text: USER_OF_URL.sub(HIDDEN, pattern.sub(HIDDEN, text))


def _is_hidden(key: str, setting: Setting, private: Collection[str]) -> bool:
    if key in private or any(map(SECRET.search, setting.variables)):
        return True
    # `max_tokens = 512` is no secret.
    return SECRET.search(key) is not None and not isinstance(setting.value, bool | int | float)


def _shown(key: str, value: Any, private: Collection[str]) -> Any:
    match value:
        case dict() if key in private:
            return {inner: HIDDEN if item else item for inner, item in value.items()}
        case dict():
            return {inner: _shown(inner, item, private) for inner, item in value.items()}
        case list():
            return [*_words(key, value, private)]
        case str() if key in private or SECRET.search(key):
            return HIDDEN if value else value
        case str():
            value = QUERY_OF_URL.sub(rf"\1{HIDDEN}", USER_OF_URL.sub(HIDDEN, value))
            return ASSIGNED.sub(rf"\1{HIDDEN}", SCHEME.sub(rf"\1\2{HIDDEN}", value))
        case _:
            return value


def _words(key: str, items: list[Any], private: Collection[str]) -> Iterator[Any]:
    """Items as they may be seen; of a command line, not what a flag such as `--api-key` is followed by."""
    hide = False
    for item in items:
        flag = FLAG.fullmatch(item) if isinstance(item, str) else None
        secret = flag is not None and SECRET.search(flag[1]) is not None
        if flag is not None and secret and flag[2]:
            yield f"{flag[1]}={HIDDEN}"
        else:
            yield HIDDEN if hide and flag is None else _shown(key, item, private)
        hide = secret and flag is not None and not flag[2]


def _secrets(key: str, setting: Setting, private: Collection[str]) -> Iterator[str]:
    hidden = _is_hidden(key, setting, private)
    for path, text in _texts((key,), setting.value):
        is_inside = len(text) >= SHORTEST_IN_TABLE and not set(path).isdisjoint(private)
        if hidden or SECRET.search(path[-1]) or is_inside:
            yield text
    if hidden and setting.text is not None:
        yield setting.text


def _texts(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each text, and the keys that lead to it."""
    match value:
        case str():
            yield path, value
        case dict():
            for inner, item in value.items():
                yield from _texts((*path, inner), item)
        case list():
            for item in value:
                yield from _texts(path, item)
