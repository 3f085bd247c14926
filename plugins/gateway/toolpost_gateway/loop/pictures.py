"""The pictures that tools made in a request, as links at the end of the answer that does not mention them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from toolpost_gateway.loop.results import Picture
from toolpost_gateway.loop.terms import Terms
from toolpost_gateway.talk import Request

LONGEST_TITLE = 100
# Addresses that a client of an API can open: with a host, or a path on this one.
OPEN = ("http://", "https://", "/")
# What would end a link's text or its address, or begin something else, in Markdown.
SIGNS = re.compile(r"[\[\]()<>`\\\s]+")


class Shown:
    """Gathers pictures, where the terms and the form of the answer have room for links."""

    def __init__(self, terms: Terms, request: Request) -> None:
        self._wanted = terms.pictures and not is_formed(request.settings)
        self._pictures: dict[str, str] = {}

    def add(self, pictures: Iterable[Picture]) -> None:
        """More pictures."""
        for title, url in pictures:
            if self._wanted and url.startswith(OPEN) and not SIGNS.search(url):
                self._pictures.setdefault(url, title)

    def missing_in(self, text: str) -> str:
        """The links that a text lacks, each a line of Markdown."""
        links = [f"![{_line(title)}]({url})" for url, title in self._pictures.items() if url not in text]
        return "\n".join(links)


def is_formed(settings: Mapping[str, Any]) -> bool:
    """Whether the answer is to be JSON, beside which nothing may stand."""
    form = settings.get("response_format")
    return isinstance(form, dict) and form.get("type", "text") != "text"


def _line(title: str) -> str:
    line = SIGNS.sub(" ", title).strip()
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
