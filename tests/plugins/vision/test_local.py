"""Without a model that sees, `analyze_image` tells what can be measured, and that it is no more than that."""

from __future__ import annotations

from importlib.util import find_spec

import jsonschema_rs
import pytest
from PIL import Image, ImageDraw, ImageFont

from toolpost import Host, InvalidArguments, Refused
from toolpost_openai import OpenAI
from toolpost_vision import Vision

SKY = Image.new("RGB", (640, 480), (30, 80, 230))
needs_ocr = pytest.mark.skipif(find_spec("ocrust") is None, reason="the extra toolpost-vision[ocr] is not installed")


@pytest.fixture
def look(host):
    """What is told of a picture without a provider."""

    async def call(image: str, **settings):
        async with host({}, **settings) as running:
            result = await running.call("analyze_image", {"image": image, "prompt": "Who is it?"})
            jsonschema_rs.validate(running.tools["analyze_image"].output_schema, result.structured)
        return result

    return call


class TextOnly:
    """A model of our own that reads but does not see, as the embedded one."""

    name, images, tools = "local", False, False

    def __init__(self):
        self.connected = False

    @property
    def abilities(self):
        return self

    async def connect(self, report):
        self.connected = True
        raise AssertionError("it was made ready in vain")


async def test_it_says_what_is_certain_and_what_to_configure(look, draw):
    result = await look(draw(SKY))
    assert "PNG picture of 640 x 480 pixels" in result.text
    assert "blue 100%" in result.text
    assert "OPENAI_API_KEY" in result.text
    assert "not answered" in result.text


async def test_programs_see_that_no_model_looked(look, draw):
    result = await look(draw(SKY))
    assert (result.structured["model"], result.structured["usage"]) == (None, None)
    assert result.structured["facts"]["width"] == 640
    assert result.meta["toolpost/usage"] == {"model": "", "input_tokens": 0, "output_tokens": 0}


async def test_a_model_that_only_reads_is_not_even_made_ready(pictures, draw):
    connection, own = OpenAI(), TextOnly()
    connection.local = own
    async with Host([connection, pictures, Vision(connection, pictures)]) as running:
        result = await running.call("analyze_image", {"image": draw(SKY)})
    assert result.structured["model"] is None
    assert not own.connected


async def test_talking_about_a_picture_needs_a_provider(host, draw):
    arguments = {"messages": [{"role": "user", "content": "Who is it?"}], "images": [draw(SKY)]}
    async with host({}) as running:
        with pytest.raises(Refused, match="OPENAI_API_KEY"):
            await running.call("chat_with_image", arguments)


async def test_what_is_no_picture_is_refused_without_a_provider_too(look):
    with pytest.raises(InvalidArguments):
        await look("data:image/png;base64,aGVsbG8=")


@pytest.mark.skipif(find_spec("ocrust") is not None, reason="the extra is installed")
async def test_without_the_extra_it_says_how_text_would_be_read(look, draw):
    result = await look(draw(SKY))
    assert "toolpost-vision[ocr]" in result.text
    assert result.structured["facts"]["text"] is None


@needs_ocr
async def test_text_is_read_and_marked_as_read_by_a_machine(look, draw):
    page = Image.new("RGB", (900, 200), "white")
    ImageDraw.Draw(page).text((30, 60), "Invoice 2026-0042", fill="black", font=ImageFont.load_default(size=48))
    result = await look(draw(page))
    assert result.structured["facts"]["text"] == "Invoice 2026-0042"
    assert "may misread" in result.text


@needs_ocr
async def test_a_picture_without_text_has_none(look, draw):
    result = await look(draw(SKY))
    assert result.structured["facts"]["text"] == ""


@needs_ocr
async def test_reading_that_takes_too_long_is_given_up_and_the_rest_is_told(look, draw):
    page = Image.effect_noise((2000, 2000), 90).convert("RGB")
    result = await look(draw(page, "JPEG"), ocr_seconds=0.001)
    assert result.structured["facts"]["text"] is None
    assert result.structured["facts"]["width"] == 2000
