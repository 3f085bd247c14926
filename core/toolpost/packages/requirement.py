"""What a person asks to be installed: a name of an index, a file, a folder, a URL, a repository."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolpost.errors import PluginError
from toolpost.plugins.distribution import normal

# A name, with extras and a version if need be (PEP 508); what follows ` @ ` is where it lies.
NAME = r"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[\w\s,.-]*\])?"
VERSIONS = r"(?:(?:===|==|>=|<=|!=|~=|>|<)\s*[\w.*+!-]+\s*,?\s*)*"
NAMED = re.compile(rf"{NAME}\s*(?:{VERSIONS}|@\s*\S+)", re.ASCII)
ADDRESS = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?[a-z][a-z0-9+.-]*://\S+|git@\S+", re.IGNORECASE)
USER = re.compile(r"(?<=://)[^/@\s]+(?=@)")


@dataclass(frozen=True)
class Requirement:
    """One thing to install, as an installer takes it; `name` is empty until it is installed and known."""

    text: str
    name: str = ""
    editable: bool = False

    @classmethod
    def of(cls, given: str, *, editable: bool = False) -> Requirement:
        """What a person wrote.

        Raises:
            PluginError: it is none of the forms, or a file that is not there.
        """
        text = given.strip()
        if _is_path(text):
            return cls(_existing(text), editable=editable)
        if editable:
            raise PluginError(f"{text!r} is no folder; what is editable is a folder with a pyproject.toml")
        if ADDRESS.fullmatch(text):
            return cls(text)
        named = NAMED.fullmatch(text)
        if named is None:
            raise PluginError(
                f"{given!r} is no distribution; name one as on the index (weather, weather==1.2, weather[extra]), "
                f"or by a path, a URL or git+https://…"
            )
        return cls(text, normal(named[1]))

    @classmethod
    def of_direct_url(cls, name: str, origin: Mapping[str, Any]) -> Requirement:
        """What was installed from an address, by the `direct_url.json` that an installer left (PEP 610)."""
        url, within = str(origin.get("url", "")), origin.get("subdirectory")
        if origin.get("dir_info", {}).get("editable"):
            return cls(path_of(url), normal(name), editable=True)
        if vcs := origin.get("vcs_info"):
            revision = vcs.get("requested_revision")
            url = f"{vcs.get('vcs', 'git')}+{url}" + (f"@{revision}" if revision else "")
        return cls(f"{name} @ {url}" + (f"#subdirectory={within}" if within else ""), normal(name))


def without_user(text: str) -> str:
    """A text whose URLs hold no user and no password."""
    return USER.sub("(hidden)", text)


def _is_path(text: str) -> bool:
    if ADDRESS.fullmatch(text) or " @ " in text:
        return False
    return "/" in text or "\\" in text or text in (".", "..") or text.endswith((".whl", ".tar.gz", ".zip"))


def _existing(text: str) -> str:
    path, bracket, extras = text.partition("[")
    found = Path(path).expanduser()
    if not found.exists():
        raise PluginError(f"there is no file or folder {path!r}")
    # Absolute, since what is recorded is read from elsewhere.
    return f"{found.resolve()}{bracket}{extras}"


def path_of(url: str) -> str:
    """The path in a file: URL."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    return url2pathname(urlsplit(url).path)
