"""Pictures that tools make reach the model as pictures, and the caller as links."""

from __future__ import annotations

from typing import Any

import pytest

from toolpost import Audio, Context, Embedded, Image, InvalidArguments, Link, Tool, hookimpl
from toolpost.testing.openai import png, say
from toolpost_gallery import Gallery
from toolpost_gateway.loop import Loop, Terms
from toolpost_gateway.talk import Ended
from toolpost_pictures import Pictures
from toolpost_pictures.picture import Picture


class Painter:
    @hookimpl
    def tools(self):
        return [Tool(one, read_only=True) for one in (self.paint, self.mixed, self.long, self.many)]

    async def paint(self) -> Image:
        """Paint a picture."""
        return Image(png())

    async def mixed(self) -> list:
        """Return everything."""
        return [
            "a text",
            Link("notes://today", "Today", description="What to do"),
            Embedded("file:///a.txt", "inside", "text/plain"),
            Embedded("file:///b.bin", b"\0\1"),
            Audio(b"RIFF"),
        ]

    async def long(self) -> str:
        """Return a long text."""
        return "word " * 100_000

    async def many(self) -> list:
        """Paint many pictures."""
        return [Image(png()) for _ in range(20)]


def http() -> Context:
    return Context(surface="http")


async def test_the_model_sees_a_picture_and_the_caller_gets_its_link(talks, provider, wants, services):
    pictures = Pictures(artefacts=services.artefacts, reader=services.reader)
    gallery = Gallery(services.store, services.artefacts, pictures, public_url="https://tools.example.com")
    async with talks(Painter(), gallery) as talk:
        provider.replies += [wants("paint"), say("Here it is.")]
        outcome = await talk.ask("Paint.", http())
    ended = talk.of(Ended)[0]
    ((_, url, _),) = ended.pictures
    assert url.startswith("https://tools.example.com/images/")
    assert any(block.type == "image" for block in ended.blocks)
    assert outcome.text == talk.heard
    assert outcome.text.startswith("Here it is.\n\n![")
    assert outcome.text.endswith(f"]({url})")
    assert outcome.messages[-1]["content"] == outcome.text
    assert "data:image/png;base64," in str(talk.asked())


@pytest.mark.parametrize("how", ["mentioned", "not wanted", "json", "terminal"])
async def test_no_link_is_added_where_none_is_wanted(talks, provider, wants, services, how):
    pictures = Pictures(artefacts=services.artefacts, reader=services.reader)
    gallery = Gallery(services.store, services.artefacts, pictures)
    settings = {"response_format": {"type": "json_object"}} if how == "json" else {}
    async with talks(Painter(), gallery, pictures=how != "not wanted") as talk:
        provider.replies += [wants("paint"), say("{}")]
        if how == "mentioned":
            painted = await talk.host.call("paint", {}, http())
            url = painted.meta["toolpost/gallery"]["pictures"][0]["url"]
            provider.replies.clear()
            provider.replies += [say(f"![it]({url})")]
        context = Context(surface="cli") if how == "terminal" else http()
        outcome = await talk.ask("Paint.", context, settings=settings)
    assert "\n\n![" not in outcome.text


async def test_other_content_is_told_in_words(talks, provider, wants):
    async with talks(Painter()) as talk:
        provider.replies += [wants("mixed"), say("So.")]
        await talk.ask("Everything.")
    told = talk.results()["call_1"]
    assert told.splitlines() == [
        "a text",
        "[Today](notes://today): What to do",
        "inside",
        "(a file: file:///b.bin)",
        "(a sound: audio/wav)",
    ]


async def test_long_texts_are_cut_with_a_notice(talks, provider, wants):
    async with talks(Painter()) as talk:
        provider.replies += [wants("long"), say("So.")]
        await talk.ask("Talk.")
    told = talk.results()["call_1"]
    assert told.endswith("[cut here: the first 60,000 of 500,000 characters]")
    assert len(talk.of(Ended)[0].text) < 5_000


async def test_only_so_many_pictures_are_shown(talks, provider, wants):
    async with talks(Painter()) as talk:
        provider.replies += [wants("many"), say("So.")]
        await talk.ask("Paint.")
    assert str(talk.asked()).count("data:image/png;base64,") == 8
    assert "pictures that are not shown: 12" in str(talk.asked())


class Loader:
    """Loads what is there, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def load(self, source: str, context: Context) -> Picture:
        self.asked.append(source)
        if "private" in source:
            raise InvalidArguments("the address is not public")
        return Picture(png(), "image/png", 2, 2)


def shown(*urls: str) -> list[dict[str, Any]]:
    parts = [{"type": "image_url", "image_url": {"url": url, "detail": "low"}} for url in urls]
    return [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, *parts]}]


async def test_a_picture_by_address_is_loaded_here_unless_openai_can(talks, provider, dialect, wants):
    loader, url = Loader(), "https://pictures.example/a.png"
    async with talks(Painter()) as talk:
        talk.loop = Loop(talk.host, talk.openai, Terms(), loader=loader)
        provider.replies += [wants("mixed"), say("A heron.")]
        await talk.ask(shown(url, url))
    asked = str(talk.asked())
    assert loader.asked == ([] if dialect == "openai" else [url])
    assert (url in asked) is (dialect == "openai")
    assert ("data:image/png;base64," in asked) is (dialect == "compatible")


@pytest.mark.parametrize("url", ["http://private.example/a", "https://127.0.0.1/private", "https://private/x"])
async def test_an_address_within_is_loaded_by_nobody(talks, provider, url):
    async with talks() as talk:
        talk.loop = Loop(talk.host, talk.openai, Terms(), loader=Loader())
        with pytest.raises(InvalidArguments, match="not public"):
            await talk.ask(shown(url))
        talk.loop = Loop(talk.host, talk.openai, Terms())
        with pytest.raises(InvalidArguments, match="data URL"):
            await talk.ask(shown(url))
    assert not [one for one in provider.requests if one.method == "POST"]
