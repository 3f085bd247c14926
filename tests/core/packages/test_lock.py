from __future__ import annotations

from pathlib import Path

import pytest

from toolpost import ConfigError, PluginError
from toolpost.packages.lock import Lock, Locked
from toolpost.packages.restoring import Difference
from toolpost.packages.snapshot import Snapshot
from toolpost.plugins.distribution import Facts

HASH = f"sha256:{'0' * 64}"
LOCK = Lock(
    "3.11.7",
    "linux-x86_64",
    ("b", "a"),
    {
        "a": Locked("a", "1.0", (HASH,), plugins=("a",)),
        "b": Locked("b", "2.0", source="b @ git+https://example.org/b@abc", plugins=("b",)),
    },
)


def test_a_lock_is_read_as_it_was_written(tmp_path: Path):
    (tmp_path / "lock.toml").write_text(LOCK.text())
    assert Lock.read(tmp_path / "lock.toml") == LOCK


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "no lock of version 1"),
        ("version = 2", "no lock of version 1"),
        ("version = 1", "is missing or wrong"),
        ("version = 1\npython = '3'\nplatform = 'x'\nenabled = []\ndistributions = [1]", "is missing or wrong"),
        (LOCK.text().replace("sha256:", "md5:"), "is missing or wrong"),
        ("not toml", "this is not TOML"),
    ],
)
def test_what_is_no_lock_is_refused(tmp_path: Path, text: str, said: str):
    (tmp_path / "lock.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        Lock.read(tmp_path / "lock.toml")


def test_the_difference_says_what_is_installed_enabled_and_disabled():
    here = Snapshot({"a": Facts("a", "0.9")}, {})
    difference = Difference.between(LOCK, here, ["c", "a"])
    assert difference.lines == [
        "~ a 0.9 → 1.0",
        "+ b 2.0 from b @ git+https://example.org/b@abc, without a hash",
        "+ b is enabled",
        "- c is disabled",
    ]
    there = Snapshot({"a": Facts("a", "1.0"), "b": Facts("b", "2.0")}, {})
    assert Difference.between(LOCK, there, ["b", "a"]).is_none


def test_a_folder_that_is_not_here_is_named():
    lock = Lock("3", "x", (), {"mine": Locked("mine", "1.0", source="/nowhere/mine", editable=True)})
    with pytest.raises(PluginError, match="mine 1.0 was installed from /nowhere/mine, which is not here"):
        Difference.between(lock, Snapshot(), [])
