from __future__ import annotations

from dataclasses import replace

import pytest

from toolpost import Folders
from toolpost.packages.record import Entry, Record

ENTRY = Entry.now("a", "1.0", ["x"], requirement="a==1.0", source="https://example.org", command="pip install a")


def test_what_is_recorded_is_read_again_and_a_newer_entry_replaces_it(folders: Folders):
    record = Record(folders)
    record.add([ENTRY])
    record.add([replace(ENTRY, version="1.1"), replace(ENTRY, distribution="b")])
    assert [(one.distribution, one.version) for one in Record(folders).entries()] == [("a", "1.1"), ("b", "1.0")]
    assert [one.distribution for one in record.gone({"b"})] == ["a"]
    record.forget(["a"])
    assert [one.distribution for one in record.entries()] == ["b"]


def test_another_environment_of_the_same_person_is_left_alone(folders: Folders):
    record, other = Record(folders), replace(ENTRY, environment="/elsewhere")
    record.add([other])
    record.add([ENTRY])
    record.forget(["a"])
    assert record.entries() == []
    assert "/elsewhere" in record.path.read_text()


@pytest.mark.parametrize("text", ["", "\x00", "installed = 3", "[[installed]]\nname = 1", "[[installed]]\nplugins = 1"])
def test_a_record_that_is_broken_is_empty(folders: Folders, text: str):
    folders.data.mkdir(parents=True)
    (folders.data / "installed.toml").write_text(text)
    assert Record(folders).entries() == []
