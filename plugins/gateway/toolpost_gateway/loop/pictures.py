"""The pictures that tools made in a request, as links at the end of the answer that does not mention them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin

from toolpost import ToolError
from toolpost_gateway.loop.terms import Terms
from toolpost_gateway.talk import Lender, Picture, Request

LONGEST_TITLE = 100
# Addresses that a client of an API can open: with a host, or a path on this one.
OPEN = ("http://", "https://", "/")
# What would end a link's text or its address, or begin something else, in Markdown.
SIGNS = re.compile(r"[\[\]()<>`\\\s]+")


class Shown:
    """Gathers pictures, where the terms and the form of the answer have room for links.

    Where the request says how its caller reached this host, a link is lent:
    the page that shows the answer has no token, and is not ours.
    """

    def __init__(self, terms: Terms, request: Request, principal: str, lender: Lender | None = None) -> None:
        self._wanted = terms.pictures and not is_formed(request.settings)
        self._principal, self._base, self._lender = principal, request.base, lender
        self._pictures: dict[str, Picture] = {}

    def add(self, pictures: Iterable[Picture]) -> None:
        """More pictures."""
        for picture in pictures:
            if self._wanted:
                self._pictures.setdefault(picture.url, picture)

    async def missing_in(self, text: str) -> str:
        """The links that a text lacks, each a line of Markdown."""
        left_out = [picture for url, picture in self._pictures.items() if url not in text]
        found = [(picture.title, await self._address(picture)) for picture in left_out]
        return "\n".join(f"![{_line(title)}]({url})" for title, url in found if _is_open(url))

    async def _address(self, picture: Picture) -> str:
        if self._lender is not None and self._base and picture.id:
            with suppress(ToolError):
                if lent := await self._lender.lend(self._principal, picture.id):
                    return urljoin(self._base, lent)
        return picture.url


def is_formed(settings: Mapping[str, Any]) -> bool:
    """Whether the answer is to be JSON, beside which nothing may stand."""
    form = settings.get("response_format")
    return isinstance(form, dict) and form.get("type", "text") != "text"


def _is_open(url: str) -> bool:
    return url.startswith(OPEN) and not SIGNS.search(url)


def _line(title: str) -> str:
    line = SIGNS.sub(" ", title).strip()
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"
