"""What a resource returns is what a client reads, however little that is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from toolpost import Resource, hookimpl
from toolpost.testing import ERAS, connect, open_host

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("era", ERAS)]


def text(value: str) -> Callable[[], Any]:
    async def notes() -> str:
        return value

    return notes


def data(value: bytes) -> Callable[[], Any]:
    async def notes() -> bytes:
        return value

    return notes


def either(value: str | bytes) -> Callable[[], Any]:
    async def notes() -> str | bytes:
        return value

    return notes


class Notes:
    def __init__(self, function: Callable[[], Any], mime_type: str | None = None) -> None:
        self._resource = Resource("notes://all", function, mime_type=mime_type)

    @hookimpl
    def resources(self) -> list[Resource]:
        return [self._resource]


async def read(plugin: Notes, era: Any) -> Any:
    async with open_host(plugin, layers=["validation"]) as host, connect(host, era=era) as client:
        [found] = (await client.read_resource("notes://all")).contents
    return found


@pytest.mark.parametrize("form", [text, either])
@pytest.mark.parametrize("value", ["", " ", "hello"])
async def test_a_text_is_read_as_it_is(era: Any, form: Callable[[str], Any], value: str):
    found = await read(Notes(form(value)), era)
    assert (found.text, found.mime_type, str(found.uri)) == (value, "text/plain", "notes://all")


@pytest.mark.parametrize("form", [data, either])
@pytest.mark.parametrize("value", [b"", b"hello", b"\xff\x00"])
async def test_bytes_are_a_blob(era: Any, form: Callable[[bytes], Any], value: bytes):
    found = await read(Notes(form(value), "application/zip"), era)
    assert (base64.b64decode(found.blob), found.mime_type) == (value, "application/zip")
    assert str(found.uri) == "notes://all"
