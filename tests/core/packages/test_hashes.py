"""Hashes from an index on loopback, by pip and by uv."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
import wheelhouse
from places import UV
from pytest_httpserver import HTTPServer

from toolpost.packages.hashes import Hashes


@pytest.mark.parametrize("uv", [None, str(UV)], ids=["pip", "uv"])
def test_each_has_the_hash_of_its_file_and_what_no_index_has_is_left_out(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv: str | None
):
    for name in ("one", "two", "three"):
        wheelhouse.plugin(tmp_path, name)
    address = wheelhouse.serve(httpserver, tmp_path)
    for name, value in {"PIP_INDEX_URL": address, "UV_DEFAULT_INDEX": address, "PIP_CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    found = Hashes(Path(sys.executable), uv).of({"one": "1.0", "gone": "1.0", "two": "1.0", "three": "9.0"})
    digests = {
        name: hashlib.sha256((tmp_path / f"{name}-1.0-py3-none-any.whl").read_bytes()) for name in ("one", "two")
    }
    assert found == {name: (f"sha256:{digest.hexdigest()}",) for name, digest in digests.items()}
