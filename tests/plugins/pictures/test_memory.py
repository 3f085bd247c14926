"""What a picture may take is known before it is decoded, and kept to."""

from __future__ import annotations

import io
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from toolpost import InvalidArguments
from toolpost_pictures import decode, libwebp
from toolpost_pictures.bands import bands
from toolpost_pictures.containers import essence_of
from toolpost_pictures.containers.pieces import Pieces
from toolpost_pictures.encode import convert, fit
from toolpost_pictures.memory import Limits, steps
from toolpost_pictures.picture import DAMAGED

LIMITS = Limits(pixels=25_000_000, memory=80_000_000)
# Loads and fits one file, and prints by how many megabytes the peak of the process grew.
CHILD = """
import sys, anyio
from pathlib import Path
from toolpost import Artefacts, Context, InvalidArguments, Reader
from toolpost_pictures import Pictures
path = Path(sys.argv[1])
pictures = Pictures(Artefacts(path.parent), Reader(), folders=[path.parent])
line = lambda name: next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(name)) // 1000
async def main():
    try:
        await pictures.fit(await pictures.load(str(path), Context()), 700_000)
    except InvalidArguments as error:
        assert sys.argv[2] == "refused", error
    else:
        assert sys.argv[2] == "read"
Path("/proc/self/clear_refs").write_text("5")
before = line("VmRSS")
anyio.run(main)
print(line("VmHWM") - before)
"""


def saved(image: Image.Image, name: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def interlaced(data: bytes) -> bytes:
    """The header of an interlaced picture: enough to be judged by."""
    head = data[12:28] + b"\1"
    return data[:12] + head + zlib.crc32(head).to_bytes(4, "big") + data[33:]


def photo(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    return Image.effect_noise((64, 64), 80).resize(size).convert(mode)


FRAMES = {"save_all": True, "append_images": [photo((3000, 3000))], "method": 0}
FINE = {"progressive": True, "subsampling": 0}
LARGE: dict[str, tuple[Callable[[], bytes], str]] = {
    "png": (lambda: saved(Image.new("RGBA", (5000, 5000))), "read"),
    "interlaced png": (lambda: interlaced(saved(Image.new("RGB", (5000, 5000)))), "refused"),
    "long png": (lambda: saved(Image.new("RGB", (65_000, 380))), "read"),
    "jpeg": (lambda: saved(photo((5000, 5000)), "JPEG", subsampling=0), "read"),
    "photograph": (lambda: saved(photo((4000, 3000)), "JPEG", progressive=True), "read"),
    "progressive jpeg": (lambda: saved(Image.new("RGB", (5000, 5000)), "JPEG", **FINE), "refused"),
    "webp": (lambda: saved(photo((3264, 2448)), "WEBP", method=0), "read"),
    "lossless webp": (lambda: saved(photo((3264, 2448)), "WEBP", lossless=True, quality=0, method=0), "read"),
    "animated webp": (lambda: saved(Image.new("RGB", (3000, 3000)), "WEBP", **FRAMES), "refused"),
    "gif": (lambda: saved(Image.new("P", (5000, 5000)), "GIF", transparency=0), "read"),
}


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="no /proc to measure with")
@pytest.mark.parametrize("name", LARGE)
def test_a_large_picture_takes_less_than_100_megabytes(name: str, tmp_path: Path):
    make, outcome = LARGE[name]
    (tmp_path / "picture").write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path / "picture"), outcome], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) <= 100


class TestLimits:
    def test_what_takes_too_much_is_refused_with_the_way_out(self):
        data = interlaced(saved(Image.new("RGB", (5000, 4900), "navy")))
        with pytest.raises(InvalidArguments, match=r"5000 × 4900 .* 98 MB .* at most 80 .* neither interlaced"):
            decode.inspect(data, LIMITS)

    @pytest.mark.parametrize("options", [{"progressive": True}, {"progressive": True, "subsampling": 0}, {}])
    def test_only_a_jpeg_that_comes_in_scans_is_held_whole(self, options):
        essence = essence_of(saved(photo((1600, 1600)), "JPEG", **options), LIMITS.pixels)
        samples = 3 if "subsampling" in options else 1.5
        assert essence.held == (2 * samples * 1600 * 1600 if options else 0)

    def test_components_that_come_one_after_the_other_are_held_too(self):
        data = bytearray(saved(photo((64, 64)), "JPEG"))
        data[data.index(b"\xff\xda") + 4] = 1
        assert essence_of(bytes(data), LIMITS.pixels).held > 0

    def test_a_preview_becomes_smaller_where_there_is_little_memory(self):
        picture = decode.inspect(saved(photo((900, 600), "RGBA")), LIMITS)
        preview = fit(picture, 10**6, 900, Limits(10**6, 4_000_000))
        assert (preview.width, preview.height) < (900, 600)
        assert fit(picture, 10**6, 900, LIMITS).width == 900

    def test_a_conversion_that_would_take_too_much_is_refused(self):
        picture = decode.inspect(saved(Image.new("RGB", (3000, 2000))), LIMITS)
        with pytest.raises(InvalidArguments, match="of memory"):
            convert(picture, "image/webp", LIMITS)
        assert convert(picture, "image/jpeg", LIMITS).width == 3000

    @given(st.integers(1, 9000), st.integers(1, 9000), st.integers(1, 3000), st.integers(1, 60))
    def test_a_preview_always_has_a_size_within_the_memory(self, width: int, height: int, side: int, megabytes: int):
        data = saved(Image.new("1", (1, 1)))
        head = data[:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x06" + data[26:]
        essence, limits = essence_of(head, 10**9), Limits(10**9, megabytes * 10**6)
        size = limits.size(essence, side)
        assert 1 <= min(size) <= max(size) <= max(side, 1)
        assert steps(essence, size) >= 1


class TestBands:
    @pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
    @pytest.mark.parametrize("multiple", [1, 7, 64, 1300])
    def test_they_hold_the_pixels_of_the_whole(self, mode: str, multiple: int):
        image = Image.effect_noise((950, 1300), 90).convert(mode)
        image.paste(Image.linear_gradient("L").resize((700, 900)).convert(mode))
        data = saved(image)
        with decode._opened(essence := essence_of(data, LIMITS.pixels)) as file:
            found = list(bands(essence, file, multiple))
        assert b"".join(band.tobytes() for band in found) == image.tobytes()
        assert all(band.height % multiple == 0 for band in found[:-1])

    def test_a_row_of_an_unknown_filter_is_damage(self):
        data = saved(Image.new("RGB", (4, 4)))
        start = data.index(b"IDAT")
        body = b"IDAT" + zlib.compress((b"\x09" + bytes(12)) * 4)
        data = data[: start - 4] + (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        with pytest.raises(InvalidArguments, match=DAMAGED):
            decode.inspect(data + saved(Image.new("L", (1, 1)))[-12:], LIMITS)

    def test_indices_without_a_palette_are_damage(self):
        data = saved(Image.new("P", (9, 9)))
        start = data.index(b"PLTE") - 4
        length = int.from_bytes(data[start : start + 4], "big")
        with pytest.raises(InvalidArguments, match=DAMAGED):
            decode.inspect(data[:start] + data[start + 12 + length :], LIMITS)


class TestWebP:
    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    @pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0II*\0", "icc_profile": b"x" * 200}])
    def test_it_is_decoded_as_pillow_does(self, mode: str, options, monkeypatch: pytest.MonkeyPatch):
        image = photo((201, 77), mode)
        if mode == "RGBA":
            image.putalpha(Image.linear_gradient("L").resize((201, 77)))
        essence = essence_of(saved(image, "WEBP", **options), LIMITS.pixels)
        found = next(decode.strips(essence))
        monkeypatch.setattr(libwebp, "_decoder", lambda: None)
        pillows = next(decode.strips(essence))
        assert found.convert(mode).tobytes() == pillows.convert(mode).tobytes()
        assert found.info.get("icc_profile") == pillows.info.get("icc_profile") == options.get("icc_profile")

    def test_the_library_of_pillow_is_found(self):
        assert libwebp._decoder() is not None


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=9), st.lists(st.integers(0, 12), max_size=12))
def test_a_file_of_pieces_reads_like_a_whole_one(parts: list[bytes], sizes: list[int]):
    whole, pieces = io.BytesIO(b"".join(parts)), io.BufferedReader(Pieces([memoryview(part) for part in parts]))
    for size in sizes:
        assert pieces.read(size) == whole.read(size)
        assert pieces.tell() == whole.tell()
    assert pieces.seek(1) == whole.seek(1)
    assert pieces.read() == whole.read()
