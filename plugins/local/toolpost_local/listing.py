"""Reads a project's page of a package index: JSON (PEP 691) or HTML (PEP 503)."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from toolpost_local.source import Source

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


def find(page: str, content_type: str, base: str, source: Source) -> str | None:
    """The address of the source's wheel on a page at `base`, or None when the page has no such file."""
    links = _json(page, base) if "json" in content_type else _html(page, base)
    for url, sha256 in links:
        name = unquote(urlsplit(url).path.rpartition("/")[2])
        if name == source.wheel and sha256 in ("", source.sha256):
            return url
    return None


def _json(page: str, base: str) -> list[tuple[str, str]]:
    try:
        files = json.loads(page)["files"]
        return [(urljoin(base, file["url"]), file.get("hashes", {}).get("sha256", "")) for file in files]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []


def _html(page: str, base: str) -> list[tuple[str, str]]:
    anchors = _Anchors()
    anchors.feed(page)
    links = (urldefrag(urljoin(anchors.base or base, href)) for href in anchors.hrefs)
    return [(link.url, link.fragment.removeprefix("sha256=") * link.fragment.startswith("sha256=")) for link in links]


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a":
            self.hrefs.append(href)
        elif tag == "base":
            self.base = href
