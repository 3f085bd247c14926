"""What a full disk, a kill and five hundred pictures do: nothing that was acknowledged is lost."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from toolpost import Artefacts, Client, Context, Host, InvalidArguments, Reader, Unavailable
from toolpost.store.sqlite import SQLiteStore
from toolpost_gallery import Gallery
from toolpost_pictures import Pictures

from .conftest import Painter, picture

PROGRAM = Path(__file__).with_name("keeps.py")


class FullStore(SQLiteStore):
    """Can be read, and not written."""

    async def set(self, *given: Any, **named: Any) -> None:
        raise Unavailable("the store is full")


class FullArtefacts(Artefacts):
    async def put(self, content: bytes) -> str:
        raise Unavailable(f"a file of {len(content)} bytes cannot be kept: No space left on device")


@pytest.fixture(params=["store", "artefacts"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Gallery:
    artefacts = FullArtefacts(tmp_path / "a") if request.param == "artefacts" else Artefacts(tmp_path / "a")
    store = FullStore(tmp_path / "s") if request.param == "store" else SQLiteStore(tmp_path / "s")
    return Gallery(store, artefacts, Pictures(artefacts, Reader()))


async def test_what_cannot_be_kept_is_still_shown(full: Gallery, painter: Painter, caplog: pytest.LogCaptureFixture):
    painter.returns(picture(), pictures=[{"prompt": "secret fox"}])
    with caplog.at_level(logging.ERROR, "toolpost"):
        async with Host([full, painter]) as host:
            result = await host.call("paint", {"prompt": "secret fox"})
            listed = json.loads((await host.read("gallery://list"))[1].text)
    assert [block.type for block in result.content] == ["image", "text"]
    assert "could not be kept" in result.content[1].text
    assert "gallery://" not in result.content[1].text
    assert "toolpost/gallery" not in result.meta
    assert not result.is_error
    assert listed == {"pictures": [], "not_kept": 1}
    assert "a picture of paint was not kept" in caplog.text
    assert "secret" not in caplog.text


async def test_what_cannot_be_kept_is_shown_whole_where_it_fits(full: Gallery, painter: Painter):
    large = picture(1200, 600, noise=True)
    painter.returns(large)
    async with Host([full, painter]) as host:
        whole = await host.call("paint")
        fitted = await host.call("paint", {}, Context(client=Client("claude-ai", result_bytes=1_000_000)))
    assert base64.b64decode(whole.content[0].data) == large
    assert len(fitted.content[0].data) < 1_000_000
    assert "what is shown here is all there is" in fitted.content[1].text


@pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")
def test_a_full_disk_leaves_nothing_torn(tmp_path: Path):
    done = subprocess.run([sys.executable, PROGRAM, tmp_path, "full"], capture_output=True, text=True, check=True)
    shown, kept_again, listed = done.stdout.splitlines()
    assert shown.startswith("['image', 'text']")
    assert "could not be kept" in shown
    assert "It is kept as gallery://" in kept_again
    assert json.loads(listed)["not_kept"] == 1
    assert len(json.loads(listed)["pictures"]) == 2
    assert [path.name for path in (tmp_path / "artefacts").rglob(".*")] == []
    assert whole(tmp_path / "artefacts") == 1


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")
async def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path):
    rounds = random.Random(8)
    acknowledged: list[str] = []
    for _ in range(6):
        acknowledged += killed_after(rounds.randint(1, 12), tmp_path)
        await all_of(acknowledged, tmp_path)
    assert len(acknowledged) >= 6


def killed_after(count: int, folder: Path) -> list[str]:
    with subprocess.Popen([sys.executable, PROGRAM, folder, "none"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline().strip() for _ in range(count)]
        process.kill()
        return [line for line in [*seen, *process.stdout.read().split()] if len(line) == len(seen[0])]


async def all_of(uris: list[str], folder: Path) -> None:
    """Every picture is there and whole, but for those that the retention has outlived."""
    artefacts = Artefacts(folder / "artefacts")
    gallery = Gallery(SQLiteStore(folder / "store.sqlite3"), artefacts, Pictures(artefacts, Reader()), keep_count=40)
    async with Host([gallery]) as host:
        for uri in uris[-40:]:
            _, result = await host.read(uri)
            await gallery.pictures.inspect(base64.b64decode(result.content[0].data))
    whole(artefacts.folder)


def whole(folder: Path) -> int:
    """How many originals lie in a folder; each has the content that its name says."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in files)
    return len(files)


@pytest.mark.parametrize("torn", [None, b"", b"half"])
async def test_a_torn_file_is_not_served(gallery: Gallery, painter: Painter, torn: bytes | None):
    painter.returns(picture())
    async with Host([gallery, painter]) as host:
        uri = (await host.call("paint")).content[-1].uri
        entry = (await gallery.collection.newest("local", 1))[0]
        path = gallery.collection.artefacts.path(entry.handle)
        path.unlink() if torn is None else path.write_bytes(torn)
        with pytest.raises(InvalidArguments, match="no such picture"):
            await host.read(uri)
        shown = await host.call("show_gallery")
    assert [block.type for block in shown.content] == ["text", "text", "resource_link"]


async def test_a_link_in_the_folder_is_not_followed(gallery: Gallery, painter: Painter, tmp_path: Path):
    painter.returns(picture())
    secret = tmp_path / "secret"
    secret.write_text("not a picture")
    async with Host([gallery, painter]) as host:
        uri = (await host.call("paint")).content[-1].uri
        path = gallery.collection.artefacts.path((await gallery.collection.newest("local", 1))[0].handle)
        path.unlink()
        path.symlink_to(secret)
        with pytest.raises(Unavailable):
            await host.read(uri)


@pytest.mark.slow
async def test_memory_stays_flat_over_500_pictures(build: Callable[..., Gallery], painter: Painter):
    gallery = build(keep_count=50)
    async with Host([gallery, painter]) as host:

        async def paint(count: int, first: int) -> None:
            for seed in range(first, first + count):
                painter.returns(picture(300, 200, noise=True, seed=seed))
                await host.call("paint", {"prompt": "x" * 3_000})

        await paint(50, 0)
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            await paint(450, 50)
            after, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert after - before < 1_000_000
    assert peak - before < 8_000_000
