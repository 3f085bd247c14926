"""One argument names a picture, wherever it is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from toolpost import Context, Embedded, Host, Image, InvalidArguments, Reader, Resource, ToolResult, hookimpl
from toolpost.plugins.needs import needs
from toolpost_pictures import Pictures
from toolpost_pictures.inline import WRONG_FORM, decode


class Wall:
    """Resources with pictures, and without."""

    def __init__(self, picture: bytes) -> None:
        self.picture = picture

    @hookimpl
    def resources(self) -> list[Resource]:
        return [
            Resource("wall://block", self.block),
            Resource("wall://file/{name}", self.file),
            Resource("wall://text", self.text),
        ]

    async def block(self) -> ToolResult:
        """A picture among other things."""
        return ToolResult.of("look:", Image(self.picture))

    async def file(self, name: str) -> Embedded:
        """A picture as a file."""
        return Embedded(f"wall://file/{name}", self.picture, "image/png")

    async def text(self) -> str:
        """No picture."""
        return "nothing to see"


@dataclass
class Looking:
    """Needs pictures."""

    pictures: Pictures


@pytest.fixture
def reading(plugin, drawn) -> Callable[..., Pictures]:
    """The plugin in a host that has resources."""
    reader = Reader()
    reader.bind(Host([Wall(drawn())]))
    return lambda **settings: plugin(reader=reader, **settings)


def inline(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


async def refusal(pictures: Pictures, source: str) -> str:
    with pytest.raises(InvalidArguments) as refused:
        await pictures.load(source, Context())
    return str(refused.value)


async def test_a_path_a_data_url_a_handle_and_a_resource_name_a_picture(reading, tmp_path, drawn):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "a.png").write_bytes(drawn())
    pictures = reading(folders=[folder])
    handle = await pictures.artefacts.put(drawn())
    path = folder / "a.png"
    for source in (str(path), "a.png", path.as_uri(), inline(drawn()), handle, "wall://block", "wall://file/x"):
        picture = await pictures.load(source, Context())
        assert (picture.data, picture.mime_type) == (drawn(), "image/png"), source


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("kind", ["image/png", "text/html", "", "image/svg+xml;charset=utf-8", "IMAGE/JPEG"])
async def test_the_content_decides_the_type_and_not_what_is_declared(reading, drawn, name: str, kind: str):
    picture = await reading().load(inline(drawn(name), kind), Context())
    assert picture.mime_type == f"image/{name.lower()}"
    assert picture.image() == Image(drawn(name), picture.mime_type)


@pytest.mark.parametrize(
    "url",
    [
        "data:",
        "data:,a",
        "data:image/png,%89PNG",
        "data:image/png;base64",
        "data:image/png;base64,AAA",
        "data:;base64,A A=",
    ]
    + [
        "data:;base64,AAAA====",
        "data:;base64,AA\nAA",
        "data:;base64,A%3D",
        "data:;base64,_-_-",
        "data:;base64,é",
        "data:;base64,A",
    ]
    + [f"data:{'a' * 300};base64,AAAA", "data:;base64,AA=A", "data:;base64,\ud800"],
)
async def test_a_data_url_of_another_form_is_refused(reading, url: str):
    assert await refusal(reading(), url) == WRONG_FORM


@pytest.mark.parametrize("piece", ["A" * 2**20, "A" * (2**20 - 1) + "=", "A" * (2**20 - 2) + "=="])
def test_a_long_data_url_is_read_as_strictly_as_a_short_one(piece: str):
    assert decode(f"data:;base64,{'A' * 2**20}{piece}", 10**7) == base64.b64decode("A" * 2**20 + piece)
    with pytest.raises(InvalidArguments):
        decode(f"data:;base64,{'A' * (2**20 - 1)}={piece}", 10**7)


async def test_a_data_url_is_capped_before_it_is_decoded(reading):
    pictures = reading(max_bytes=1000)
    # What is decoded would be refused for its form.
    assert (
        await refusal(pictures, "data:;base64," + "!" * 1340)
        == "the picture is larger than 1000 bytes; send a smaller one"
    )


async def test_whatever_the_way_too_many_bytes_are_refused(reading, drawn, tmp_path):
    pictures = reading(max_bytes=100, folders=[tmp_path])
    (tmp_path / "a.png").write_bytes(drawn())
    for source in ("a.png", inline(drawn()), await pictures.artefacts.put(drawn()), "wall://block"):
        assert "larger than 100 bytes" in await refusal(pictures, source)


async def test_what_is_not_here_is_said_in_a_sentence(reading):
    pictures = reading()
    assert (
        await refusal(pictures, "artefact:" + "0" * 64)
        == "there is no picture of that handle any more; make or load it again"
    )
    assert await refusal(pictures, "artefact:../../etc/passwd") == "a handle is 'artefact:' and 64 hexadecimal digits"
    assert await refusal(pictures, "wall://text") == "that resource holds no picture; name one that does"
    assert "https URL" in await refusal(pictures, "gopher://127.0.0.1/x")
    assert "that file is not there" in await refusal(pictures, "")


async def test_a_resource_may_itself_load_pictures(plugin, drawn):
    class Frame:
        @hookimpl
        def resources(self) -> list[Resource]:
            return [Resource("frame://one", self.one)]

        async def one(self) -> Image:
            """A picture from elsewhere."""
            return (await pictures.load(inline(drawn()), Context())).image()

    reader = Reader()
    pictures = plugin(reader=reader)
    reader.bind(Host([Frame()]))
    assert (await pictures.load("frame://one", Context())).data == drawn()


async def test_a_source_of_megabytes_is_not_repeated(reading):
    for source in ("x" * 10**6, "wall://" + "x" * 10**6, "https://" + "x" * 10**6, "artefact:" + "x" * 10**6):
        assert len(await refusal(reading(), source)) < 300


def test_another_plugin_receives_it_by_its_type():
    assert list(needs("looking", {"looking": Looking, "pictures": Pictures})) == ["pictures"]


def test_authorities_that_are_not_there_are_a_mistake_of_the_operator(plugin, tmp_path):
    with pytest.raises(ValueError, match=r"ca_file .* is not there"):
        plugin(ca_file=tmp_path / "ca.pem")
