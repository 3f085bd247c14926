"""Bytes are kept whole, once, and nowhere else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import InvalidArguments, Unavailable
from toolpost.artefacts import Artefacts


@pytest.fixture
def artefacts(tmp_path: Path) -> Artefacts:
    return Artefacts(tmp_path / "artefacts")


async def test_bytes_come_back_under_their_handle(artefacts: Artefacts):
    handle = await artefacts.put(b"picture")
    assert handle == f"artefact:{hashlib.sha256(b'picture').hexdigest()}"
    assert await artefacts.get(handle) == b"picture"


async def test_the_same_bytes_are_kept_once(artefacts: Artefacts):
    assert await artefacts.put(b"x") == await artefacts.put(b"x")
    assert len([path for path in artefacts.folder.rglob("*") if path.is_file()]) == 1


async def test_a_torn_file_is_mended(artefacts: Artefacts):
    handle = await artefacts.put(b"whole")
    artefacts.path(handle).write_bytes(b"wh")
    await artefacts.put(b"whole")
    assert await artefacts.get(handle) == b"whole"


async def test_what_is_not_there_is_none(artefacts: Artefacts):
    handle = f"artefact:{'0' * 64}"
    assert await artefacts.get(handle) is None
    assert await artefacts.delete(handle) is False


@given(st.text() | st.sampled_from(["artefact:../../etc/passwd", "../x", "/etc/passwd", "artefact:" + "0" * 63 + "\n"]))
def test_nothing_but_a_handle_becomes_a_path(handle: str):
    with pytest.raises(InvalidArguments):
        Artefacts(Path("x")).path(handle)


async def test_a_link_is_not_followed(artefacts: Artefacts, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    path = artefacts.path(f"artefact:{'a' * 64}")
    path.parent.mkdir(parents=True)
    path.symlink_to(secret)
    with pytest.raises(Unavailable):
        await artefacts.get(f"artefact:{'a' * 64}")


async def test_a_disk_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="cannot be kept"):
        await Artefacts(tmp_path / "file").put(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
async def test_what_is_no_file_is_neither_read_nor_taken_for_one(tmp_path: Path):
    artefacts, content = Artefacts(tmp_path / "kept"), b"content"
    handle = await artefacts.put(content)
    path = artefacts.path(handle)
    path.unlink()
    os.mkfifo(path)
    assert await artefacts.get(handle) is None
    path.unlink()
    (tmp_path / "elsewhere").write_bytes(content)
    path.symlink_to(tmp_path / "elsewhere")
    await artefacts.put(content)
    assert not path.is_symlink()
    assert await artefacts.get(handle) == content
