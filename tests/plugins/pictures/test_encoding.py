"""Previews fit, conversions keep what they can, and nothing but the pixels survives."""

from __future__ import annotations

import io
import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from toolpost import InvalidArguments
from toolpost_pictures import Picture
from toolpost_pictures.memory import Limits


def opened(picture: Picture) -> Image.Image:
    return Image.open(io.BytesIO(picture.data))


def saved(image: Image.Image, name: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def near(pixel, wanted, by: int = 12) -> bool:
    return all(abs(one - other) <= by for one, other in zip(pixel, wanted, strict=True))


class TestFit:
    async def test_twelve_megabytes_fit_a_small_client(self, plugin):
        noise = Image.frombytes("RGB", (2000, 2000), os.urandom(12_000_000))
        pictures = plugin()
        picture = await pictures.inspect(saved(noise))
        preview = await pictures.fit(picture, 700_000)
        assert len(picture.data) > 12_000_000
        assert len(preview.data) <= 700_000
        assert max(preview.width, preview.height) <= 1568
        assert opened(preview).size == (preview.width, preview.height)

    async def test_it_is_the_same_each_time(self, plugin, drawn):
        pictures = plugin()
        picture = await pictures.inspect(drawn("WEBP", "RGBA", (900, 600)))
        assert await pictures.fit(picture, 3000, 500) == await pictures.fit(picture, 3000, 500)

    async def test_a_drawing_stays_sharp(self, plugin):
        drawing = Image.new("RGB", (800, 600), "white")
        drawing.paste("red", (100, 100, 300, 300))
        pictures = plugin()
        preview = await pictures.fit(await pictures.inspect(saved(drawing)), 100_000)
        assert preview.mime_type == "image/png"
        assert opened(preview).tobytes() == drawing.tobytes()

    async def test_what_is_transparent_stays_so(self, plugin):
        glass = Image.frombytes("RGBA", (600, 600), os.urandom(600 * 600 * 4))
        glass.paste((0, 0, 0, 0), (0, 0, 300, 600))
        pictures = plugin()
        preview = await pictures.fit(await pictures.inspect(saved(glass)), 60_000)
        assert preview.mime_type == "image/webp"
        assert opened(preview).convert("RGBA").getpixel((10, 10))[3] == 0

    async def test_an_alpha_channel_that_hides_nothing_costs_nothing(self, plugin):
        pictures = plugin()
        solid = Image.frombytes("RGBA", (300, 300), os.urandom(300 * 300 * 4))
        solid.putalpha(255)
        assert (await pictures.fit(await pictures.inspect(saved(solid)), 50_000)).mime_type == "image/jpeg"

    async def test_less_than_a_tiny_picture_is_refused(self, plugin, drawn):
        pictures = plugin()
        picture = await pictures.inspect(drawn())
        with pytest.raises(InvalidArguments, match="cannot be made to fit 20 bytes"):
            await pictures.fit(picture, 20)

    @pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 4000), (1569, 1568), (3137, 3137)])
    async def test_any_shape_fits(self, plugin, size):
        pictures = plugin()
        preview = await pictures.fit(await pictures.inspect(saved(Image.new("RGB", size, "navy"))), 100_000)
        assert (preview.width, preview.height) == opened(preview).size
        assert max(preview.width, preview.height) == min(max(size), 1568)
        assert near(opened(preview).convert("RGB").getpixel((0, 0)), (0, 0, 128))

    async def test_strips_leave_no_seams(self, plugin):
        slope = Image.linear_gradient("L").resize((2100, 2100)).convert("RGBA")
        slope.putalpha(128)
        pictures = plugin()
        preview = opened(await pictures.fit(await pictures.inspect(saved(slope)), 400_000, 350)).convert("RGBA")
        rows = [preview.getpixel((100, row)) for row in range(preview.height)]
        assert all(near(pixel, (row * 255 / 350,) * 3 + (128,), 4) for row, pixel in enumerate(rows))


class TestPixels:
    @pytest.mark.parametrize("turned", range(1, 9))
    @pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
    async def test_a_picture_stands_upright(self, plugin, name: str, turned: int):
        image = Image.new("RGB", (64, 32), "white")
        image.paste("red", (0, 0, 16, 16))
        exif = Image.Exif()
        exif[0x0112] = turned
        pictures = plugin()
        preview = opened(await pictures.fit(await pictures.inspect(saved(image, name, exif=exif)), 100_000)).convert(
            "RGB"
        )
        corners = {1: (4, 4), 2: (60, 4), 3: (60, 28), 4: (4, 28), 5: (4, 4), 6: (28, 4), 7: (28, 60), 8: (4, 60)}
        assert preview.size == ((64, 32) if turned < 5 else (32, 64))
        assert near(preview.getpixel(corners[turned]), (255, 0, 0), 40)

    @pytest.mark.parametrize(
        ("image", "options"),
        [
            (Image.new("L", (20, 20), 100), {}),
            (Image.new("I;16", (20, 20), 100 * 257), {}),
            (Image.new("RGB", (20, 20), (100, 100, 100)).convert("P"), {}),
            (Image.new("RGB", (20, 20), (100, 100, 100)), {"name": "GIF"}),
            (Image.new("RGB", (20, 20), (100, 100, 100)).convert("CMYK"), {"name": "JPEG"}),
            (Image.new("LA", (20, 20), (100, 255)), {}),
        ],
        ids=["grey", "16 bits", "palette", "gif", "cmyk", "grey with alpha"],
    )
    @pytest.mark.parametrize("mime_type", ["image/png", "image/jpeg", "image/webp", "image/gif"])
    async def test_every_kind_of_pixel_keeps_its_colour(self, plugin, image, options, mime_type: str):
        pictures = plugin()
        picture = await pictures.inspect(saved(image, **options))
        for made in (await pictures.convert(picture, mime_type), await pictures.fit(picture, 100_000)):
            assert near(opened(made).convert("RGB").getpixel((5, 5)), (100, 100, 100))

    @pytest.mark.parametrize("transparency", [0, b"\0\xff"])
    async def test_a_palette_with_a_hole_keeps_it(self, plugin, transparency):
        image = Image.new("P", (20, 20), 0)
        image.putpalette([255, 0, 0, 0, 0, 255])
        image.paste(1, (10, 0, 20, 20))
        pictures = plugin()
        picture = await pictures.inspect(saved(image, transparency=transparency))
        made = opened(await pictures.convert(picture, "image/png")).convert("RGBA")
        assert (made.getpixel((2, 2))[3], made.getpixel((15, 2))) == (0, (0, 0, 255, 255))

    async def test_a_jpeg_shows_white_where_nothing_was(self, plugin):
        pictures = plugin()
        picture = await pictures.inspect(saved(Image.new("RGBA", (20, 20), (0, 0, 0, 0))))
        assert near(opened(await pictures.convert(picture, "image/jpeg")).getpixel((5, 5)), (255, 255, 255))

    async def test_colours_of_a_profile_become_srgb(self, plugin):
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        pictures = plugin()
        for profile in (lab, b"no profile", lab[:200], lab.replace(b"RGB ", b"CMYK")):
            picture = await pictures.inspect(saved(Image.new("RGB", (20, 20), (10, 200, 30)), icc_profile=profile))
            preview = opened(await pictures.fit(picture, 100_000))
            assert near(preview.convert("RGB").getpixel((5, 5)), (10, 200, 30))
            assert "icc_profile" not in preview.info


class TestConvert:
    @pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF"])
    @pytest.mark.parametrize("mime_type", ["image/png", "image/jpeg", "image/webp", "image/gif"])
    async def test_any_becomes_any(self, plugin, drawn, name: str, mime_type: str):
        pictures = plugin()
        made = await pictures.convert(await pictures.inspect(drawn(name)), mime_type)
        assert await pictures.inspect(made.data) == made
        assert (made.mime_type, made.width, made.height) == (mime_type, 40, 30)

    @pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "GIF"])
    async def test_nothing_but_the_pixels_survives(self, plugin, name: str):
        canary = b"canary <script>alert(1)</script>"
        exif = Image.Exif()
        exif[0x010E] = canary.decode()
        extra = {"comment": canary} if name in ("GIF", "JPEG") else {}
        if name != "GIF":
            extra |= {"exif": exif, "icc_profile": canary * 9}
        data = saved(Image.new("RGB", (20, 20)), name, **extra)
        assert b"canary" in data
        pictures = plugin()
        picture = await pictures.inspect(data + canary)
        made = [await pictures.convert(picture, f"image/{kind}") for kind in ("png", "jpeg", "webp", "gif")]
        assert not any(b"canary" in one.data for one in [*made, await pictures.fit(picture, 100_000)])

    async def test_a_type_that_is_not_written_is_refused(self, plugin, drawn):
        pictures = plugin()
        with pytest.raises(InvalidArguments, match="allowed: image/png, image/jpeg, image/webp, image/gif"):
            await pictures.convert(await pictures.inspect(drawn()), "image/svg+xml")

    async def test_what_a_format_cannot_hold_is_said(self, plugin):
        pictures = plugin()
        picture = await pictures.inspect(saved(Image.new("L", (20_000, 2))))
        with pytest.raises(InvalidArguments, match="does not fit a WEBP"):
            await pictures.convert(picture, "image/webp")


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 300), st.sampled_from(["L", "RGB", "RGBA", "P"]))
def test_no_preview_is_larger_than_asked(width: int, height: int, side: int, mode: str):
    from toolpost_pictures.encode import fit

    data = saved(Image.linear_gradient("L").resize((width, height)).convert(mode))
    preview = fit(Picture(data, "image/png", width, height), 4000, side, Limits(10**6, 10**8))
    assert len(preview.data) <= 4000
    assert 1 <= max(preview.width, preview.height) <= max(side, 1)
    assert struct.unpack(">I", data[16:20]) == (width,)
