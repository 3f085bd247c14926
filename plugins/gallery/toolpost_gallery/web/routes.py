"""The routes of the gallery, and what the OpenAPI document says of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from toolpost import Route
from toolpost_gallery.lending import PATH
from toolpost_gallery.web.admin import Operator
from toolpost_gallery.web.images import Endpoints
from toolpost_gallery.web.page import PAGE
from toolpost_gallery.web.repeats import Repeats
from toolpost_gallery.web.shapes import NotKept
from toolpost_gallery.web.thumbnails import Thumbnails
from toolpost_pictures.picture import MIME_TYPES

if TYPE_CHECKING:
    from toolpost_gallery.plugin import Gallery

KNOWN: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has it already"}}
BINARY = {"schema": {"type": "string", "format": "binary"}}
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", "content": dict.fromkeys(MIME_TYPES.values(), BINARY)}
}
LOST: dict[int | str, dict[str, Any]] = {
    507: {"description": "It was drawn, and could not be kept: the bytes are here", "model": NotKept}
}


def routes(gallery: Gallery) -> Iterator[Route]:
    """All that is served beside `/mcp`."""
    collection = gallery.collection
    images = Endpoints(collection, Thumbnails(collection, gallery.pictures), Repeats(collection), gallery.lending)
    operator = Operator(gallery)
    yield Route("/images", images.listed)
    yield Route("/images", images.draw, ("POST",), timeout=None, told={"status_code": 201, "responses": LOST})
    yield Route("/images/drawing", images.drawing)
    yield Route("/images/{name}/about", images.about)
    # These take slashes too, so that every name which is none gets one and the same answer.
    shown = {"responses": {**KNOWN, **PICTURE}, "response_class": Response}
    yield Route(PATH, images.lent, scope="public", told=shown)
    yield Route("/images/{name:path}", images.show, told=shown)
    yield Route("/images/{name:path}", images.delete, ("DELETE",), told={"status_code": 204, "response_model": None})
    yield Route("/admin/gallery", operator.statistics, scope="admin")
    yield Route("/admin/gallery/cleanup", operator.clean_up, ("POST",), "admin", timeout=None)
    for name, file in PAGE.files.items():
        place = "/gallery" if name == "index.html" else f"/gallery/{name}"
        sent = {"description": "The file", "content": {file.type: {}}}
        told = {"responses": {**KNOWN, 200: sent}, "response_class": Response}
        yield Route(place, PAGE.endpoint(name), scope="public", told=told)
