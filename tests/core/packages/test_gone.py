from __future__ import annotations

from toolpost import Folders
from toolpost.packages.gone import gone
from toolpost.packages.record import Entry, Record


def test_what_was_installed_and_is_gone_is_named_with_the_way_back(folders: Folders):
    known = {"source": "", "command": ""}
    here = Entry.now("click", "8.0", [], requirement="click", **known)
    Record(folders).add([here, Entry.now("weather", "1.0", ["weather"], requirement="weather[maps]", **known)])
    (sentence,) = gone(folders)
    assert sentence.startswith("weather 1.0 was installed on 20")
    assert "`toolpost plugins install 'weather[maps]'` brings it back" in sentence
