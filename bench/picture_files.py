"""Hostile and ordinary picture files for `pictures.py`: made here, nobody else's."""

from __future__ import annotations

import io
import os
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms

MEGA = 1_000_000
SIZES = {"1mp": (1200, 900), "8mp": (3264, 2448), "12mp": (4000, 3000), "16mp": (4900, 3260), "25mp": (5000, 4990)}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def write_all(folder: Path) -> None:
    """Make every file in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files():
        (folder / name).write_bytes(data)
    (folder / ".first.png").write_bytes(saved(Image.new("RGB", (9, 9)), "PNG"))


def files() -> Iterator[tuple[str, bytes]]:
    """All names and contents."""
    for make in (pngs, jpegs, webps, gifs, strange):
        yield from make()


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(size: tuple[int, int], mode: str = "RGB", grain: int = 7) -> Image.Image:
    """A picture with some detail, which is quick to make."""
    tile = Image.frombytes("RGB", (257, 257), random.Random(grain).randbytes(257 * 257 * 3)).resize((1031, 1031))
    whole = Image.radial_gradient("L").resize(size).convert("RGB")
    for top in range(0, size[1], 2062):
        for left in range(0, size[0], 2062):
            whole.paste(tile, (left, top))
    return whole.convert(mode)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def zeros(count: int) -> bytes:
    """So many zeros, deflated."""
    packer = zlib.compressobj(6)
    parts = [packer.compress(bytes(min(1 << 20, count - at))) for at in range(0, count, 1 << 20)]
    return b"".join(parts) + packer.flush()


def png(
    size: tuple[int, int], depth: int, colour: int, *extra: bytes, adam7: bool = False, pixels: bytes = b""
) -> bytes:
    """A black PNG of any kind."""
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    count = 0
    for left, top, right, down in ADAM7 if adam7 else ((0, 0, 1, 1),):
        width, height = -((left - size[0]) // right), -((top - size[1]) // down)
        count += height * (1 + (width * bits + 7) // 8) if width > 0 and height > 0 else 0
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, int(adam7)))
    plte = chunk(b"PLTE", bytes(range(256)) * 3) if colour == 3 else b""
    body = chunk(b"IDAT", pixels or zeros(count))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + plte + body + chunk(b"IEND", b"")


def pngs() -> Iterator[tuple[str, bytes]]:
    kinds = {"grey": (8, 0), "grey16": (16, 0), "rgb": (8, 2), "rgb16": (16, 2), "pal": (8, 3), "pal1": (1, 3)}
    kinds |= {"ga": (8, 4), "ga16": (16, 4), "rgba": (8, 6), "rgba16": (16, 6)}
    for name, (depth, colour) in kinds.items():
        for adam7 in (False, True):
            for size in ("12mp", "25mp"):
                yield f"png-{name}-{size}{'-adam7' * adam7}.png", png(SIZES[size], depth, colour, adam7=adam7)
    yield (
        "png-transparent-palette-25mp.png",
        png(SIZES["25mp"], 8, 3).replace(
            chunk(b"PLTE", bytes(range(256)) * 3), chunk(b"PLTE", bytes(range(256)) * 3) + chunk(b"tRNS", bytes(200))
        ),
    )
    yield "png-transparent-colour-25mp.png", png(SIZES["25mp"], 8, 2, chunk(b"tRNS", b"\0\1\0\1\0\1"))
    yield "png-transparent-colour-9mp.png", png((3130, 3130), 8, 2, chunk(b"tRNS", b"\0\1\0\1\0\1"))
    yield "png-9mp-rgba.png", png((3130, 3130), 8, 6)
    yield "png-9mp-rgba16.png", png((3130, 3130), 16, 6)
    yield "png-photo-12mp.png", saved(photo(SIZES["12mp"]), "PNG", compress_level=1)
    yield "png-photo-9mp-rgba.png", saved(photo((3100, 3100), "RGBA"), "PNG", compress_level=1)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield "png-profile-12mp.png", saved(photo(SIZES["12mp"]), "PNG", compress_level=1, icc_profile=profile)
    yield "png-profile-9mp.png", saved(photo((3130, 3130)), "PNG", compress_level=1, icc_profile=profile)
    yield "png-bad-profile-8mp.png", png(SIZES["8mp"], 8, 2, chunk(b"iCCP", b"a\0\0" + zeros(64 << 20)))
    for side in (1150, 2000, 3400, 4050):
        noise = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
        yield f"png-noise-{side * side * 3 // MEGA}mb.png", saved(noise, "PNG", compress_level=1)
    for wide, high in ((65535, 380), (380, 65535), (65535, 1), (1, 65535), (65536, 1), (16383, 1500)):
        yield f"png-{wide}x{high}.png", png((wide, high), 8, 6)
        yield f"png-{wide}x{high}-pal.png", png((wide, high), 8, 3)
    yield "png-26mp.png", png((5100, 5100), 8, 2)
    yield "png-900mp.png", png((30_000, 30_000), 1, 0)
    yield "png-2g.png", png((2**31 - 1, 2**31 - 1), 8, 2, pixels=b"x")
    yield "png-idat-bomb.png", png((100, 100), 8, 2, pixels=zeros(512 << 20))
    yield "png-many-idats.png", many_idats((4000, 3000), 90_000)
    yield "png-ztxt-bomb.png", png((50, 50), 8, 2, *[chunk(b"zTXt", b"a\0\0" + zeros(64 << 20))] * 20)
    yield "png-itxt-bomb.png", png((50, 50), 8, 2, *[chunk(b"iTXt", b"a\0\1\0\0\0" + zeros(64 << 20))] * 20)
    yield "png-truncated-25mp.png", png(SIZES["25mp"], 8, 2)[:-20000]
    yield "png-short-25mp.png", png(SIZES["25mp"], 8, 2, pixels=zeros(1000))
    yield "png-bad-crc.png", png(SIZES["12mp"], 8, 2)[:-30] + bytes(30)
    yield "png-no-filter.png", png((2000, 2000), 8, 2, pixels=zlib.compress(b"\x09" + bytes(2000 * 2000 * 3 + 2000)))


def many_idats(size: tuple[int, int], count: int) -> bytes:
    """A file whose pixels come in crumbs."""
    whole = png(size, 8, 2)
    pixels = whole[41:-16]
    step = max(1, len(pixels) // count)
    parts = [chunk(b"IDAT", pixels[at : at + step]) for at in range(0, len(pixels), step)]
    return whole[:33] + b"".join(parts) + chunk(b"IEND", b"")


def jpegs() -> Iterator[tuple[str, bytes]]:
    for size in ("1mp", "12mp", "16mp", "25mp"):
        for mode, samplings in (("RGB", (0, 2)), ("L", (0,)), ("CMYK", (0,))):
            for sampling in samplings:
                for progressive in (False, True):
                    name = f"jpeg-{mode.lower()}-{'444' if sampling == 0 else '420'}-{size}{'-prog' * progressive}.jpg"
                    options = {"quality": 80, "subsampling": sampling, "progressive": progressive}
                    yield name, saved(photo(SIZES[size], mode), "JPEG", **options)
    twelve = saved(photo(SIZES["12mp"]), "JPEG", quality=97)
    yield "jpeg-phone-12mp.jpg", twelve
    yield "jpeg-exif.jpg", twelve[:2] + (b"\xff\xe1\xff\xff" + b"Exif\0\0" + os.urandom(65527)) * 100 + twelve[2:]
    yield (
        "jpeg-comments.jpg",
        twelve[:2] + b"\xff\xfe\xff\xff" + (bytes(65533) + b"\xff\xfe\xff\xff") * 500 + twelve[2:],
    )
    yield "jpeg-profiles.jpg", twelve[:2] + profiles(40) + twelve[2:]
    for scans in (40, 59, 61, 3000):
        for size in ("12mp", "16mp", "25mp"):
            yield f"jpeg-{scans}-scans-{size}.jpg", scanned(SIZES[size], scans)
    for scans in (59, 2000):
        yield f"jpeg-{scans}-flat-scans-21mp.jpg", scanned((4900, 4200), scans, flat=True)
    yield "jpeg-truncated-25mp.jpg", saved(photo(SIZES["25mp"]), "JPEG")[:-200_000]
    yield "jpeg-truncated-25mp-prog.jpg", saved(photo(SIZES["25mp"]), "JPEG", progressive=True)[:-200_000]
    yield "jpeg-65500x380.jpg", saved(photo((65500, 380)), "JPEG", progressive=True)
    yield "jpeg-380x65500.jpg", saved(photo((380, 65500)), "JPEG")
    yield (
        "jpeg-65535.jpg",
        b"\xff\xd8\xff\xc2\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0" + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0\xff\xd9",
    )
    yield "jpeg-empty-25mp.jpg", cut_after_scan_header(saved(Image.new("RGB", SIZES["25mp"]), "JPEG", progressive=True))
    yield "jpeg-46mb.jpg", twelve[:-2] + bytes(46 * MEGA - len(twelve)) + b"\xff\xd9"


def profiles(count: int) -> bytes:
    body = b"ICC_PROFILE\0" + bytes([1, count]) + bytes(65000)
    return (b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body) * count


def scanned(size: tuple[int, int], scans: int, *, flat: bool = False) -> bytes:
    """A progressive JPEG with more scans than anybody writes."""
    image = Image.new("RGB", size, "teal") if flat else photo(size)
    data = saved(image, "JPEG", progressive=True, quality=60)
    last = data[data.rindex(b"\xff\xda") : -2]
    more = scans - data.count(b"\xff\xda")
    return data[:-2] + last * min(more, 45 * MEGA // len(last)) + b"\xff\xd9"


def cut_after_scan_header(data: bytes) -> bytes:
    return data[: data.index(b"\xff\xda") + 30] + b"\xff\xd9"


def webps() -> Iterator[tuple[str, bytes]]:
    for size in ("1mp", "8mp", "12mp", "16mp", "25mp"):
        fits = max(SIZES[size]) <= 16383
        if fits:
            yield f"webp-lossy-{size}.webp", saved(photo(SIZES[size]), "WEBP", quality=70, method=0)
            yield f"webp-flat-{size}.webp", saved(Image.new("RGB", SIZES[size], "teal"), "WEBP", method=0)
            yield f"webp-lossless-{size}.webp", saved(photo(SIZES[size]), "WEBP", lossless=True, quality=0, method=0)
            glass = photo(SIZES[size], "RGBA")
            glass.putalpha(Image.linear_gradient("L").resize(SIZES[size]))
            yield f"webp-alpha-{size}.webp", saved(glass, "WEBP", quality=60, method=0)
    for size in ("1mp", "8mp", "12mp"):
        frames = [Image.new("RGB", SIZES[size], colour) for colour in ("navy", "teal", "red")]
        yield (
            f"webp-animated-{size}.webp",
            saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=9, method=0),
        )
    still = saved(Image.new("RGB", (200, 200), "red"), "WEBP")
    yield "webp-canvas.webp", vp8x((3400, 3600), still)
    yield "webp-huge-canvas.webp", vp8x((1 << 24, 1 << 24), still)
    yield "webp-truncated.webp", saved(photo(SIZES["8mp"]), "WEBP", method=0)[:-100_000]
    yield "webp-2000-frames.webp", saved(
        Image.new("RGB", (50, 50)), "WEBP", save_all=True, duration=9,
        append_images=[Image.new("RGB", (50, 50), (n % 256, n // 256, 9)) for n in range(2000)],
    )  # fmt: skip
    yield "webp-wide.webp", saved(photo((16383, 500)), "WEBP", lossless=True, quality=0, method=0)


def vp8x(canvas: tuple[int, int], still: bytes) -> bytes:
    """A canvas around a small picture that does not fill it."""
    sides = b"".join((side - 1).to_bytes(3, "little") for side in canvas)
    body = b"WEBPVP8X" + struct.pack("<IB3x", 10, 0) + sides + still[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gifs() -> Iterator[tuple[str, bytes]]:
    for size in ("1mp", "12mp", "25mp"):
        flat = Image.new("P", SIZES[size], 3)
        flat.putpalette(os.urandom(768))
        yield f"gif-{size}.gif", saved(flat, "GIF")
        yield f"gif-transparent-{size}.gif", saved(flat, "GIF", transparency=3)
        yield f"gif-photo-{size}.gif", saved(photo(SIZES[size], "L"), "GIF")
    nine = Image.new("P", (3130, 3130), 3)
    yield "gif-transparent-9mp.gif", saved(nine, "GIF", transparency=3)
    small = saved(Image.new("P", (10, 10)), "GIF")
    for canvas in ((4990, 5000), (3130, 3130), (65535, 65535), (65535, 381)):
        yield f"gif-canvas-{canvas[0]}x{canvas[1]}.gif", small[:6] + struct.pack("<HH", *canvas) + small[10:]
    yield "gif-frames.gif", saved(
        Image.new("P", (900, 900)), "GIF", save_all=True,
        append_images=[Image.new("P", (900, 900), n % 250) for n in range(1, 300)],
    )  # fmt: skip
    yield "gif-truncated.gif", saved(photo(SIZES["12mp"], "L"), "GIF")[:-100_000]
    yield "gif-lzw-noise.gif", saved(photo(SIZES["1mp"], "L"), "GIF")[:800] + os.urandom(300_000)
    yield "gif-comments.gif", small[:-1] + (b"!\xfe" + b"\xff" + bytes(255) + b"\0") * 100_000 + b";"


def strange() -> Iterator[tuple[str, bytes]]:
    yield "zero.png", b""
    yield "svg.png", b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 300_000
    yield "svg-entities.png", b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg>&a;</svg>"
    for name in ("TIFF", "BMP", "ICO", "PPM", "TGA", "PCX", "JPEG2000", "DDS", "ICNS", "EPS", "PDF", "AVIF"):
        yield f"other-{name.lower()}.png", saved(Image.new("RGB", (900, 900)), name)
    yield "other-zip.png", b"PK\3\4" + os.urandom(MEGA)
    yield "other-gzip.png", b"\x1f\x8b\x08" + os.urandom(MEGA)
    yield "noise.png", os.urandom(20 * MEGA)
    yield "zeros.png", bytes(49 * MEGA)
    yield "too-large.png", bytes(51 * MEGA)
    yield "polyglot.png", png((20, 20), 8, 2) + b"<script>alert(1)</script>" + os.urandom(40 * MEGA)
    shaken = random.Random(1)
    sources = {"png": png((900, 700), 8, 2), "jpg": saved(photo((900, 700)), "JPEG", progressive=True)}
    sources |= {"webp": saved(photo((900, 700)), "WEBP"), "gif": saved(photo((900, 700), "L"), "GIF")}
    for name, source in sources.items():
        for number in range(8):
            data = bytearray(source)
            for _ in range(1 + number * 3):
                data[shaken.randrange(min(len(data), 600 if number % 2 else len(data)))] ^= 1 << shaken.randrange(8)
            yield f"shaken-{number}.{name}", bytes(data)
