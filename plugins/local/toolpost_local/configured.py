"""Which package indexes pip and uv are configured for, and how they are reached."""

from __future__ import annotations

import configparser
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from toolpost_local.configuration_files import pip_files, uv_files

PYPI = "https://pypi.org/simple"


@dataclass(frozen=True)
class Places:
    """Where packages come from: indexes in the order to ask them, a CA file or folder, and a proxy."""

    indexes: tuple[str, ...] = (PYPI,)
    cert: str = ""
    proxy: str = ""


def configured() -> Places:
    """What this process would install from."""
    return read(os.environ, pip_files(os.environ, sys.platform), uv_files(os.environ, sys.platform))


def read(environ: Mapping[str, str], pip: Sequence[Path], uv: Sequence[Path]) -> Places:
    """Settings of the environment and of files; later files win, and the environment wins over files.

    Every index that either tool knows is asked, default indexes first: the file
    is pinned by its hash, so the order cannot change what is fetched.
    """
    from_pip = {**_pip_settings(pip), **_pip_environment(environ)}
    from_uv = [table for path in uv if (table := _toml(path))]
    default = [*_uv_defaults(environ, from_uv), *from_pip.get("index-url", "").split()] or [PYPI]
    extra = [*_uv_extras(environ, from_uv), *from_pip.get("extra-index-url", "").split()]
    if _offline(environ, from_pip, from_uv):
        default, extra = [], []
    indexes = (url.rstrip("/") for url in (*default, *extra))
    return Places(tuple(dict.fromkeys(indexes)), from_pip.get("cert", ""), from_pip.get("proxy", ""))


def _offline(environ: Mapping[str, str], pip: Mapping[str, str], uv: Sequence[dict[str, Any]]) -> bool:
    """Whether pip or uv is told to ask no index at all."""
    said = [*(environ.get(key, "") for key in ("UV_NO_INDEX", "UV_OFFLINE")), pip.get("no-index", "")]
    said += [str(table.get(key, "")) for table in uv for key in ("no-index", "offline")]
    return any(word.lower() in ("1", "true", "yes", "on") for word in said)


def _pip_settings(files: Sequence[Path]) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    for path in files:
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue  # pip itself complains about a broken file; the others still hold
    sections = [parser[name] for name in ("global", "install", "download") if parser.has_section(name)]
    return {key.replace("_", "-"): value for section in sections for key, value in section.items()}


def _pip_environment(environ: Mapping[str, str]) -> dict[str, str]:
    keys = ("index-url", "extra-index-url", "cert", "proxy", "no-index")
    found = {key: environ.get(f"PIP_{key.upper().replace('-', '_')}", "") for key in keys}
    return {key: value for key, value in found.items() if value}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _uv_defaults(environ: Mapping[str, str], tables: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield from _present(_uv_index(environ, environ.get(key, "")) for key in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"))
    for table in tables:
        yield from _present([str(table.get("index-url", ""))])
        yield from (_uv_entry(environ, entry) for entry in _entries(table) if entry.get("default"))


def _uv_extras(environ: Mapping[str, str], tables: Sequence[dict[str, Any]]) -> Iterator[str]:
    words = f"{environ.get('UV_INDEX', '')} {environ.get('UV_EXTRA_INDEX_URL', '')}".split()
    yield from (_uv_index(environ, word) for word in words)
    for table in tables:
        yield from map(str, table.get("extra-index-url", []))
        yield from (_uv_entry(environ, entry) for entry in _entries(table) if not entry.get("default"))


def _entries(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry for entry in table.get("index", []) if "url" in entry]


def _uv_entry(environ: Mapping[str, str], entry: dict[str, Any]) -> str:
    return _with_credentials(environ, str(entry.get("name", "")), str(entry["url"]))


def _uv_index(environ: Mapping[str, str], value: str) -> str:
    """An index of uv's environment is `URL` or `name=URL`; a `=` inside of a URL comes after its scheme."""
    name, equals, url = value.partition("=")
    return _with_credentials(environ, name, url) if equals and "://" not in name else value


def _with_credentials(environ: Mapping[str, str], name: str, url: str) -> str:
    variable = "".join(letter if letter.isalnum() else "_" for letter in name).upper()
    user, password = (environ.get(f"UV_INDEX_{variable}_{part}", "") for part in ("USERNAME", "PASSWORD"))
    scheme, _, rest = url.partition("://")
    if not variable or not (user or password) or "@" in rest.partition("/")[0]:
        return url
    return f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


def _present(values: Any) -> Iterator[str]:
    return (value for value in values if value)
