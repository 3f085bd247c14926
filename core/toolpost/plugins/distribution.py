"""What the metadata of an installed distribution says, read no further than it is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from importlib_metadata import PackageNotFoundError
from importlib_metadata import distribution as find_distribution


class Metadata(Protocol):
    """The part of an installed distribution that is read here."""

    def read_text(self, filename: str) -> str | None:
        """A file of its metadata; None where there is none."""


HEADER = re.compile(r"^(Name|Version|Summary|Requires-Dist|Requires-Python):[ \t]*(.*?)[ \t]*\r?$", re.MULTILINE)
# So many requirements are looked at; no distribution has more, and each takes a look at what is installed.
REQUIREMENTS = 1000


@dataclass(frozen=True)
class Facts:
    """Name, version, summary and requirements (PEP 508) of a distribution."""

    name: str
    version: str
    summary: str = ""
    requires: tuple[str, ...] = ()


def facts(dist: Metadata) -> Facts:
    """What a distribution says of itself; what it does not say is empty."""
    # importlib_metadata parses the whole long description to answer each question.
    text = _text(dist, "METADATA") or _text(dist, "PKG-INFO")
    head = re.split(r"\r?\n\r?\n", text, maxsplit=1)[0]
    said = HEADER.findall(head)
    first = dict(reversed(said))
    requires = tuple(dict.fromkeys(value for key, value in said if key == "Requires-Dist"))[:REQUIREMENTS]
    return Facts(first.get("Name", ""), first.get("Version", ""), first.get("Summary", ""), requires)


def _text(dist: Metadata, filename: str) -> str:
    try:
        return dist.read_text(filename) or ""
    except ValueError:  # bytes that are no text
        return ""


def normal(name: str) -> str:
    """A distribution's name as indexes write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version_of(name: str) -> str | None:
    """The version of an installed distribution; None where there is none."""
    try:
        return facts(find_distribution(name)).version or None
    except (PackageNotFoundError, ValueError):
        return None
