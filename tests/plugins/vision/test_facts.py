"""What is measured of a picture is true, in every mode that files come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from toolpost_vision.colours import NAMES, nearest
from toolpost_vision.facts import facts

SKY = Image.new("RGB", (64, 48), (30, 80, 230))


@pytest.fixture
def measured(pictures, file):
    """What is measured of a picture that came as a file."""

    async def measure(image: Image.Image, kind: str = "PNG", **how):
        return await facts(pictures, await pictures.inspect(file(image, kind, **how)))

    return measure


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_format_and_size_are_told(measured, kind):
    found = await measured(SKY, kind)
    assert (found.width, found.height, found.animated) == (64, 48, False)
    assert f"A {kind} picture of 64 x 48 pixels" in found.sentence()


async def test_colours_are_named_with_their_shares(measured):
    image = Image.new("RGB", (100, 100), "white")
    image.paste((30, 80, 230), (0, 0, 100, 75))
    first, second = (await measured(image)).colours
    assert (first.name, first.rgb, first.share) == ("blue", "#1e50e6", pytest.approx(0.75, abs=0.02))
    assert (second.name, second.share) == ("white", pytest.approx(0.25, abs=0.02))


@pytest.mark.parametrize(
    ("mode", "value", "kind", "name"),
    [
        ("1", 1, "PNG", "white"),
        ("L", 128, "PNG", "grey"),
        ("LA", (128, 255), "PNG", "grey"),
        ("I;16", 65535, "PNG", "white"),
        ("P", 0, "PNG", "black"),
        ("CMYK", (0, 255, 255, 0), "JPEG", "red"),
        ("RGBA", (30, 160, 50, 255), "WEBP", "green"),
    ],
)
async def test_every_mode_is_measured(measured, mode, value, kind, name):
    found = await measured(Image.new(mode, (40, 40), value), kind)
    assert [colour.name for colour in found.colours] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_each_named_colour_has_its_name(name):
    assert nearest(list(NAMES[name])) == name


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_every_colour_has_a_name(rgb):
    assert nearest(list(rgb)) in NAMES


@pytest.mark.parametrize(("colour", "words"), [("black", "very dark"), ("#808080", "medium"), ("white", "very bright")])
async def test_brightness_is_told_in_words(measured, colour, words):
    assert words in (await measured(Image.new("RGB", (9, 9), colour))).sentence()


async def test_what_is_transparent_is_neither_dark_nor_coloured(measured):
    found = await measured(Image.new("RGBA", (9, 9), (255, 0, 0, 0)))
    assert (found.transparent, found.brightness, found.colours) == (1.0, None, ())
    assert "100% transparent" in found.sentence()


async def test_half_a_picture_of_glass_is_half_transparent(measured):
    image = Image.new("RGBA", (100, 100), (225, 20, 20, 255))
    image.paste((0, 0, 0, 0), (0, 0, 50, 100))
    found = await measured(image)
    assert found.transparent == pytest.approx(0.5, abs=0.02)
    assert [colour.name for colour in found.colours] == ["red"]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
async def test_an_animation_is_told(measured, kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "lime", "blue")]
    found = await measured(frames[0], kind, save_all=True, append_images=frames[1:])
    assert found.animated
    assert "only the first frame" in found.sentence()


async def test_the_second_picture_of_a_phones_photograph_is_no_animation(measured):
    found = await measured(SKY, "MPO", save_all=True, append_images=[SKY.resize((8, 6))])
    assert (found.mime_type, found.animated) == ("image/jpeg", False)


async def test_orientation_is_told_and_nothing_else_of_exif(measured):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "CanaryCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 48.0), 29: "2026:11:20"})
    found = await measured(SKY, "JPEG", exif=exif)
    assert found.orientation == "turned by 90°"
    assert "Canary" not in found.sentence()
    assert "2026" not in str(found.plain())


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
async def test_broken_exif_is_no_orientation(measured):
    found = await measured(SKY, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert found.orientation is None


async def test_a_long_thin_picture_is_measured(measured):
    assert (await measured(Image.new("RGB", (1, 9000), (30, 160, 50)))).colours[0].name == "green"
