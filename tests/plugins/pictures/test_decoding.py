"""Hostile pictures are decoded in bounds, or refused in a sentence."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from toolpost import InvalidArguments
from toolpost_pictures import Picture, decode
from toolpost_pictures.containers import essence_of
from toolpost_pictures.containers.essence import orientation
from toolpost_pictures.memory import Limits
from toolpost_pictures.picture import DAMAGED

MOST = 25_000_000
NAMES = ("PNG", "JPEG", "WEBP", "GIF")


def inspect(data: bytes, most: int) -> Picture:
    return decode.inspect(data, Limits(pixels=most, memory=80_000_000))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *extra: bytes, depth: int = 8, colour: int = 2, pixels: bytes | None = None) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    if pixels is None:
        pixels = zlib.compress(bytes((3 * width + 1) * height))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """Zeros, compressed, without ever having them."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join(parts) + packer.flush()


def frames(name: str, count: int, size: tuple[int, int] = (8, 8)) -> bytes:
    file = io.BytesIO()
    pictures = [Image.new("RGB", size, (number % 256, number // 256, 9)) for number in range(count)]
    pictures[0].save(file, name, save_all=True, append_images=pictures[1:], duration=10)
    return file.getvalue()


def tiff(*entries: tuple[int, int, int, int]) -> bytes:
    return (
        b"II*\0\x08\0\0\0"
        + struct.pack("<H", len(entries))
        + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    )


def refusal(data: bytes) -> str:
    with pytest.raises(InvalidArguments) as refused:
        inspect(data, MOST)
    return str(refused.value)


class TestBombs:
    @pytest.mark.parametrize(
        "data",
        [
            png(30_000, 30_000, pixels=b""),
            png(2**31 - 1, 2**31 - 1, pixels=b""),
            png(70_000, 1),
            b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b",\0\0\0\0\1\0\1\0\0\2\1\0\0;",
            b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0) + b",\xff\xff\xff\xff\xff\xff\xff\xff\0\2\1\0\0;",
            b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0\xff\xd9",
            b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff",
            b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2f\xff\xff\xff\x0f\0",
        ],
        ids=["png", "png huge", "png row", "gif canvas", "gif frame", "jpeg", "webp canvas", "webp lossless"],
    )
    def test_too_many_pixels_are_refused_from_the_header(self, data: bytes):
        assert "pixels" in refusal(data)

    def test_the_limit_itself_is_read(self, drawn):
        assert inspect(drawn(size=(50, 40)), 2000).width == 50
        with pytest.raises(InvalidArguments, match="50 × 40 pixels, and at most 1999"):
            inspect(drawn(size=(50, 40)), 1999)

    def test_more_pixels_than_announced_are_not_unpacked(self):
        assert inspect(png(100, 100, pixels=zeros(1 << 26)), MOST).width == 100

    def test_texts_and_profiles_never_reach_the_decoder(self):
        texts = [chunk(b"zTXt", b"a\0\0" + zeros(1 << 26)), chunk(b"iTXt", b"a\0\1\0\0\0" + zeros(1 << 26))]
        data = png(
            8, 8, *texts * 20, chunk(b"eXIf", b"MM\0*" + b"\xff" * 10**6), chunk(b"iCCP", b"a\0\0" + bytes(2 * 10**6))
        )
        assert essence_of(data, MOST).file == png(8, 8)
        assert inspect(data, MOST).width == 8

    def test_metadata_of_a_jpeg_never_reaches_the_decoder(self, drawn):
        data = drawn("JPEG")
        bombs = [
            b"Exif\0\0" + tiff(*[(tag, 7, 60_000, 8) for tag in range(5000)]),
            b"MPF\0" + bytes(60_000),
            bytes(60_000),
        ]
        segments = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body
                            for marker, body in zip((0xE1, 0xE2, 0xFE), bombs, strict=True))  # fmt: skip
        assert essence_of(data[:2] + segments * 20 + data[2:], MOST).file == essence_of(data, MOST).file

    def test_scans_beyond_reason_are_refused(self, drawn):
        data = drawn("JPEG", progressive=True)
        last = data[data.rindex(b"\xff\xda") : -2]
        assert inspect(data[:-2] + last * 5 + b"\xff\xd9", MOST).width == 40
        assert refusal(data[:-2] + last * 1000 + b"\xff\xd9") == DAMAGED

    @pytest.mark.parametrize(
        "data",
        [
            b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe" + b"\1a" * 600_000 + b"\0,",
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"tEXt", b"") * 120_000,
            b"RIFF" + struct.pack("<I", 4 + 8 * 20_000) + b"WEBP" + b"ABCD\0\0\0\0" * 20_000,
            b"\xff\xd8" + b"\xff\xfe\0\2" * 20_000,
            b"\xff\xd8" + b"\xff\xfe\0\0" * 20_000,
        ],
        ids=["gif", "png", "webp", "jpeg", "jpeg in place"],
    )
    def test_rows_of_tiny_blocks_come_to_an_end(self, data: bytes):
        assert refusal(data) == DAMAGED


class TestFrames:
    def test_ten_thousand_frames_are_one(self):
        still = frames("GIF", 2)
        second = still.rindex(b"!\xf9")
        data = still[:second] + still[second:-1] * 10_000 + b";"
        assert inspect(data, MOST).mime_type == "image/gif"
        assert len(essence_of(data, MOST).file) < len(still)

    @pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
    def test_the_decoder_sees_the_first_frame_only(self, name: str):
        essence = essence_of(frames(name, 20), MOST)
        with Image.open(io.BytesIO(essence.file)) as image:
            assert (getattr(image, "n_frames", 1), image.size) == (1, (8, 8))
            assert image.convert("RGB").getpixel((0, 0))[2] in range(4, 14)


class TestDamage:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_picture_that_is_cut_off_is_refused(self, drawn: Callable[..., bytes], name: str):
        data = drawn(name)
        for length in [*range(1, len(data) - 40, 37), len(data) // 2]:
            refusal(data[:length])

    @pytest.mark.parametrize("name", NAMES)
    @settings(deadline=None, max_examples=150)
    @given(changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12))
    def test_a_picture_with_wrong_bytes_is_read_or_refused(self, drawn, name: str, changes: list[tuple[float, int]]):
        data = bytearray(drawn(name))
        for place, value in changes:
            data[int(place * len(data))] = value
        try:
            inspect(bytes(data), 100_000)
        except InvalidArguments:
            pass

    @pytest.mark.parametrize(
        "start", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF....WEBP", b"RIFF\xff\xff\xff\xffWEBPVP8X", b"GIF89a"]
    )
    @settings(deadline=None, max_examples=150)
    @given(rest=st.binary(max_size=200))
    def test_any_bytes_behind_a_signature_are_read_or_refused(self, start: bytes, rest: bytes):
        try:
            inspect(start + rest, 100_000)
        except InvalidArguments:
            pass

    def test_a_wrong_checksum_is_refused(self, drawn):
        data = bytearray(drawn())
        data[len(data) // 2] ^= 1
        assert refusal(bytes(data)) == DAMAGED

    def test_two_sizes_are_refused(self, drawn):
        data = drawn("JPEG")
        start = data.index(b"\xff\xc0")
        frame = data[start : start + 19]
        assert refusal(data[:start] + frame + data[start:]) == DAMAGED


class TestTypes:
    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG is a document"),
            (b"\xef\xbb\xbf <?xml version='1.0'?><svg/>", "SVG is a document"),
            (b"<html><script>alert(1)</script>", "this is not a picture"),
            (b"", "this is not a picture"),
            (b"BM" + bytes(60), "this is a BMP file"),
            (b"II*\0" + bytes(60), "this is a TIFF file"),
            (b"\0\0\0\x1cftypheic", "this is a HEIC file"),
            (b"%PDF-1.7", "this is a PDF file"),
            (b"PK\3\4", "this is not a picture"),
        ],
    )
    def test_other_files_are_refused_by_what_they_are(self, data: bytes, said: str):
        assert refusal(data).startswith(said)

    @pytest.mark.parametrize("name", NAMES)
    def test_what_is_appended_never_reaches_the_decoder(self, drawn, name: str):
        data = drawn(name)
        for tail in (b"<script>alert(1)</script>", b"PK\3\4" + bytes(100), drawn("GIF"), drawn("JPEG")):
            assert essence_of(data + tail, MOST) == essence_of(data, MOST)
            assert inspect(data + tail, MOST).width == 40

    @pytest.mark.parametrize("name", NAMES)
    def test_only_the_content_decides(self, drawn, name: str):
        assert inspect(drawn(name), MOST).mime_type == f"image/{name.lower()}"


class TestOrientation:
    def test_it_is_found_among_other_tags(self):
        assert orientation(b"Exif\0\0" + tiff((0x010F, 2, 4, 0), (0x0112, 3, 1, 6))) == 6
        assert orientation(b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\x08\0\0") == 8

    @given(st.binary(max_size=80).map(lambda rest: b"II*\0" + rest) | st.binary(max_size=80))
    def test_any_bytes_have_one(self, exif: bytes):
        assert 1 <= orientation(exif) <= 8
