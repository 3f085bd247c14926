"""The endpoints of `/images`: each principal's own pictures."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Header, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from toolpost import Context, Host
from toolpost.kit import is_known
from toolpost_gallery.collection import Collection, Record
from toolpost_gallery.entry import ID, Entry
from toolpost_gallery.lending import SECRET, Lending
from toolpost_gallery.removal import remove
from toolpost_gallery.tool import searched
from toolpost_gallery.web.drawing import LOST, draw, drawing
from toolpost_gallery.web.files import Sent, opened
from toolpost_gallery.web.repeats import Repeats
from toolpost_gallery.web.shapes import Drawing, Drawn, Image, Images, NotKept, Order, Unkept
from toolpost_gallery.web.thumbnails import Thumbnails

NAME, LINK = re.compile(ID), re.compile(SECRET)
# The pattern is told and not checked, so that whatever is no name gets the answer of one that nobody has.
TOLD = {"pattern": f"^{ID}$"}
Name = Annotated[
    str, Path(description="The id of a picture, as lists and results give it.", json_schema_extra=dict[str, Any](TOLD))
]
Known = Annotated[str | None, Header(description="ETags that the caller has.")]
# A picture opened by itself is a page of its own origin, which may do nothing (Content Security Policy 3, sandbox).
GUARDED = {
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "private, max-age=31536000, immutable",
    "vary": "authorization",
}


# Shown in pages of others, who were given the link for that.
LENT = {
    **GUARDED,
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "private, max-age=86400, immutable",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}


@dataclass(frozen=True)
class Endpoints:
    """Answers for the pictures of one collection; another's picture is as if it were not there."""

    collection: Collection
    thumbnails: Thumbnails
    repeats: Repeats
    lending: Lending

    async def listed(
        self,
        context: Context,
        limit: Annotated[int, Query(ge=1, le=100)] = 24,
        cursor: Annotated[str | None, Query(pattern=f"^{ID}$", description="`next` of the page before.")] = None,
        search: Annotated[str, Query(max_length=200, description="Words that prompt, model or tool must have.")] = "",
    ) -> Images:
        """List the caller's pictures, newest first.

        A page of a search may be short, or empty, and have a `next` all the same.
        """
        entries, after = await self.collection.page(context.principal, limit, cursor or "", searched(search))
        return Images([Image.of(entry) for entry in entries], after or None)

    async def drawing(self, context: Context, host: Host) -> Drawing:
        """Say whether pictures can be drawn here, and with what."""
        return await drawing(host, self.collection, context)

    async def about(self, name: Name, context: Context) -> Image:
        """Say what is known of one of the caller's pictures."""
        return Image.of(await self._entry(name, context))

    async def show(
        self,
        name: Name,
        context: Context,
        preview: Annotated[
            Literal["", "true", "false"] | None, Query(description="A small one; `?preview` is enough.")
        ] = None,
        if_none_match: Known = None,
    ) -> Response:
        """Give the bytes of one of the caller's pictures, whole or as a small preview."""
        is_small = preview is not None and preview != "false"
        return await self._sent(await self._entry(name, context), GUARDED, if_none_match, is_small)

    async def lent(
        self,
        link: Annotated[
            str, Query(description="The secret of the link.", json_schema_extra={"pattern": f"^{SECRET}$"})
        ],
        if_none_match: Known = None,
    ) -> Response:
        """Give the bytes of a picture to whoever has a link to it that still works."""
        entry = await self.lending.lent(link) if LINK.fullmatch(link) else None
        if entry is None or not entry.is_kept:
            raise HTTPException(404)
        return await self._sent(entry, LENT, if_none_match)

    async def draw(
        self,
        order: Order,
        context: Context,
        host: Host,
        request: Request,
        response: Response,
        idempotency_key: Annotated[
            str | None,
            Header(min_length=1, max_length=255, description="An order that is sent again is drawn once."),
        ] = None,
    ) -> Drawn:
        """Have pictures drawn, by the tool `generate_image` with all the policies around it.

        This takes as long as the model does, and may cost money.
        """
        work = partial(draw, host, self.collection, order, context)
        drawn = await (
            self.repeats.once(context.principal, idempotency_key, order, work) if idempotency_key else work()
        )
        if drawn.images:
            response.headers["location"] = drawn.images[0].url
        elif drawn.unkept:
            return _not_kept(drawn.unkept, request)  # type: ignore[return-value]  # FastAPI sends a response as it is
        return drawn

    async def delete(self, name: Name, context: Context) -> None:
        """Remove one of the caller's pictures, for good."""
        entry = await self._entry(name, context)
        record = Record(entry.key, entry.id, entry.made, entry.handle, entry.size)
        if await remove(self.collection, record) is None:
            raise HTTPException(404)

    async def _entry(self, name: str, context: Context) -> Entry:
        """The picture of a name; no name that a caller chose ever becomes a path."""
        entry = await self.collection.find(context.principal, name) if NAME.fullmatch(name) else None
        if entry is None or not entry.is_kept:
            raise HTTPException(404)
        return entry

    async def _sent(self, entry: Entry, guards: dict[str, str], known: str | None, is_small: bool = False) -> Response:
        """The bytes, unless the browser has them."""
        headers = {**guards, "etag": f'"{entry.handle[-32:]}{"-small" * is_small}"'}
        if is_known(headers["etag"], known):
            return Response(status_code=304, headers=headers)
        headers["content-disposition"] = f'inline; filename="{entry.filename}"'
        return await (self._small(entry, headers) if is_small else self._whole(entry, headers))

    async def _whole(self, entry: Entry, headers: dict[str, str]) -> Response:
        original = await opened(self.collection.artefacts.path(entry.handle), entry)
        if original is None:
            raise HTTPException(404)
        return Sent(original, entry.size, entry.mime_type, headers)

    async def _small(self, entry: Entry, headers: dict[str, str]) -> Response:
        picture = await self.thumbnails.of(entry)
        if picture is None:
            raise HTTPException(404)
        return Response(picture.data, media_type=picture.mime_type, headers=headers)


def _not_kept(unkept: list[Unkept], request: Request) -> JSONResponse:
    """What was paid for is not thrown away because there is no room for it here."""
    said = {"message": f"what was drawn {LOST}", "type": "insufficient_storage", "code": None, "param": None}
    said["request_id"] = request.scope.get("toolpost.request_id")
    return JSONResponse(asdict(NotKept(said, unkept)), 507)
