"""Pictures of tools at a terminal: kept as files, whatever it is that a tool answers."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from mcp_types import EmbeddedResource, ImageContent, ResourceLink, TextResourceContents

from toolpost import Context, Folders, Host, Image, Resource, hookimpl
from toolpost_gateway.terminal.album import Album, default_folder

PNG, LARGE = b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n and more"


class Wall:
    """Shows one picture at an address."""

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("wall://one", self.one, mime_type="image/png")]

    async def one(self) -> Image:
        """The picture, whole."""
        return Image(LARGE, "image/png")


def picture(data: str) -> ImageContent:
    return ImageContent(type="image", data=data, mime_type="image/png")


def link(uri: str) -> ResourceLink:
    return ResourceLink(type="resource_link", name="one", uri=uri, mime_type="image/png")


async def kept(folder: Path, *blocks: object) -> list[bytes]:
    async with Host({"wall": Wall()}) as host:
        found = await Album(host, folder).keep(blocks, Context("ann"))
    return [one.path.read_bytes() for one in found]


async def test_the_whole_picture_is_kept_where_the_answer_says_where_it_is(tmp_path: Path):
    preview = picture(b64encode(PNG).decode())
    assert await kept(tmp_path, preview, link("wall://one")) == [LARGE]


async def test_what_is_shown_is_kept_where_the_whole_cannot_be_read(tmp_path: Path):
    assert await kept(tmp_path, picture(b64encode(PNG).decode()), link("wall://none")) == [PNG]


async def test_what_is_no_picture_is_passed_over(tmp_path: Path):
    text = EmbeddedResource(type="resource", resource=TextResourceContents(uri="a://b", text="words"))
    assert await kept(tmp_path, picture("no base64"), text, link("wall://none")) == []


async def test_the_same_picture_is_one_file(tmp_path: Path):
    assert await kept(tmp_path, *[picture(b64encode(PNG).decode())] * 2) == [PNG, PNG]
    assert len([*tmp_path.iterdir()]) == 1


@pytest.mark.parametrize("has_pictures", [True, False])
def test_pictures_go_to_the_persons_own_where_there_is_a_folder_of_these(
    has_pictures: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    own = tmp_path / "Pictures"
    monkeypatch.setattr("platformdirs.user_pictures_path", lambda: own)
    monkeypatch.setattr(Folders, "data", tmp_path / "data")
    if has_pictures:
        own.mkdir()
    assert default_folder(Folders()) == (own / "toolpost" if has_pictures else tmp_path / "data" / "pictures")


def test_a_home_of_toolposts_own_has_its_pictures_too(tmp_path: Path):
    assert default_folder(Folders(tmp_path)) == tmp_path / "data" / "pictures"
