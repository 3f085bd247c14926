"""One entry of another program's file, in our own keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from io import StringIO
from typing import Any

from pydantic import TypeAdapter, ValidationError

from toolpost.kit import SECRET, first_finding
from toolpost_upstream.servers.places import homed
from toolpost_upstream.servers.settings import Checked, ServerSettings
from toolpost_upstream.servers.variables import Place, filled

KINDS = {"stdio": "stdio", "local": "stdio", "sse": "sse"} | dict.fromkeys(
    ("http", "streamable-http", "streamablehttp", "remote"), "http"
)
ADDRESSES = ("url", "serverUrl", "httpUrl")
LISTS = {"includeTools": "only", "tools": "only", "excludeTools": "except", "disabledTools": "except"}
OURS = ("command", "args", "env", "envFile", "cwd", "headers", "auth", "oauth")
READ = frozenset((*OURS, *ADDRESSES, *LISTS, "type", "transport", "disabled", "enabled", "timeout"))
# Some programs count seconds, others milliseconds; nobody waits 1,000 s, and nobody only 1 s.
MILLISECONDS = 1000
LONGEST = 86_400 * MILLISECONDS
# Bytes of a file of variables that are read.
ENV_FILE = 1024 * 1024


def settings_of(entry: Any, place: Place) -> ServerSettings:
    """The settings that an entry stands for, with its variables filled.

    Raises:
        ValueError: it is no server; with the key and the way out, and never a value.
    """
    try:
        return _adapter().validate_python(translated(filled(entry, place), place))
    except ValidationError as error:
        raise ValueError(first_finding(error)) from None
    except ValueError:
        raise
    except Exception as error:
        # Whatever stands in another program's file, it is no reason for toolpost not to start.
        raise unreadable(error) from error


def unreadable(error: Exception) -> ValueError:
    """An entry that nobody has thought of, without what stands in it."""
    return ValueError(f"it cannot be read ({type(error).__name__}); mend it, or take it out")


def translated(entry: Any, place: Place, literal: Callable[[str], str] = str) -> dict[str, Any]:
    """An entry with our keys and values, not checked any further.

    `literal` writes a text of a file of variables, in which nothing is a reference.

    Raises:
        ValueError: something in it means nothing.
    """
    if not isinstance(entry, dict):
        raise ValueError('it is no object; write { "command": … } or { "url": … }')
    ours = dict(_plain(entry)) | dict(_called(entry)) | dict(_started(entry, place, literal))
    return {key: value for key, value in ours.items() if value not in (None, "", [], {})}


def strangers(entry: Any) -> list[str]:
    """The keys that say nothing to us."""
    return (
        sorted(set(entry) - READ - set(ADDRESSES) - set(LISTS) - {"oauth", "auth"}) if isinstance(entry, dict) else []
    )


def _plain(entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if entry.get("disabled") is True or entry.get("enabled") is False:
        yield "enabled", False
    timeout = entry.get("timeout")
    if isinstance(timeout, int | float) and not isinstance(timeout, bool) and timeout > 0:
        if timeout > LONGEST:
            raise ValueError("timeout is longer than a day; shorten it, or take the key out")
        yield "call_timeout", timeout / MILLISECONDS if timeout >= MILLISECONDS else timeout
    for theirs, key in LISTS.items():
        if isinstance(entry.get(theirs), list):
            yield key, [str(name) for name in entry[theirs]]


def _called(entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = entry.get("type", entry.get("transport"))
    if kind is not None:
        word = str(kind).lower().replace("_", "-")
        if word not in KINDS:
            raise ValueError(f"type {str(kind)[:40]!r} is unknown; allowed: stdio, http, streamable-http, sse")
        yield "transport", KINDS[word]
    url = next((entry[key] for key in ADDRESSES if entry.get(key)), None)
    if url is None:
        return
    if not isinstance(url, str):
        raise ValueError("url is no text; put it into quotation marks")
    headers = _texts(entry.get("headers"), "headers")
    yield from (("url", url), ("headers", headers))
    # Other programs find out by themselves whether a person must log in; a server that wants no login never asks.
    if not any(map(SECRET.search, headers)):
        yield "auth", "oauth"
        yield "oauth", _oauth(entry.get("oauth") or entry.get("auth"))


def _oauth(given: Any) -> dict[str, Any]:
    """Who a person's client is: in the words of Claude Code, or in those of Cursor."""
    if not isinstance(given, dict):
        return {}
    scopes = given.get("scopes", given.get("scope"))
    found = {
        "client_id": given.get("clientId", given.get("CLIENT_ID")),
        "client_secret": given.get("clientSecret", given.get("CLIENT_SECRET")),
        "redirect_port": given.get("callbackPort"),
        "scope": " ".join(map(str, scopes)) if isinstance(scopes, list) else scopes,
    }
    return {key: value for key, value in found.items() if value}


def _started(entry: dict[str, Any], place: Place, literal: Callable[[str], str]) -> Iterator[tuple[str, Any]]:
    command = entry.get("command")
    if not command:
        return
    words = command if isinstance(command, list) else [command]
    args = entry.get("args") or []
    if not isinstance(args, list):
        raise ValueError('args is no list; write each word by itself: ["-y", "some-server"]')
    yield "command", _text(words[0], "command")
    yield "args", [_text(word, "args") for word in (*words[1:], *args)]
    below = {name: literal(value) for name, value in _env_file(entry.get("envFile"), place).items()}
    yield "env", {**below, **_texts(entry.get("env"), "env")}
    if entry.get("cwd"):
        yield "cwd", str(place.workspace / homed(_text(entry["cwd"], "cwd")))


def _env_file(given: Any, place: Place) -> dict[str, str]:
    if not given:
        return {}
    from dotenv import dotenv_values

    path = place.workspace / homed(_text(given, "envFile"))
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(ENV_FILE)
    except (OSError, ValueError) as error:
        why = "is not there; make it" if isinstance(error, FileNotFoundError) else "cannot be read; mend that"
        raise ValueError(f"envFile {str(path)[:200]!r} {why}, or take the key out") from None
    found = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in found.items() if value is not None}


def _texts(given: Any, key: str) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ValueError(f'{key} is no object; write {{ "NAME": "value" }}')
    return {name: _text(value, key) for name, value in given.items() if value is not None}


def _text(value: Any, key: str) -> str:
    """A text; people write numbers too, and other programs take them."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        raise ValueError(f"{key} has a value that is no text; put it into quotation marks")
    return str(value)


@cache
def _adapter() -> TypeAdapter[ServerSettings]:
    return TypeAdapter(Checked)
