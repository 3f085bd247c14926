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
HIDDEN = "(hidden)"
# Shorter ones stand in too many texts by chance.
SHORTEST = 4


def visible(key: str, setting: Setting, private: Collection[str] = ()) -> Any:
    """A setting's value as anybody may see it; `private` are the plugin's own `SecretStr` fields."""
    if _is_hidden(key, setting, private):
        return HIDDEN if setting.value not in ("", None) else setting.value
    return _shown(key, setting.value)


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


def _shown(key: str, value: Any) -> Any:
    match value:
        case dict():
            return {inner: _shown(inner, item) for inner, item in value.items()}
        case list():
            return [_shown(key, item) for item in value]
        case str() if SECRET.search(key):
            return HIDDEN if value else value
        case str():
            return USER_OF_URL.sub(HIDDEN, value)
        case _:
            return value


def _secrets(key: str, setting: Setting, private: Collection[str]) -> Iterator[str]:
    hidden = _is_hidden(key, setting, private)
    for inner, text in _texts(key, setting.value):
        if hidden or SECRET.search(inner):
            yield text
    if hidden and setting.text is not None:
        yield setting.text


def _texts(key: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield key, value
        case dict():
            for inner, item in value.items():
                yield from _texts(inner, item)
        case list():
            for item in value:
                yield from _texts(key, item)
