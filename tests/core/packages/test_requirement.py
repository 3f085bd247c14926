from __future__ import annotations

from pathlib import Path

import pytest

from toolpost import PluginError
from toolpost.packages.requirement import Requirement, without_user


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("weather", "weather"),
        ("Weather_Maps", "weather-maps"),
        ("weather==1.2", "weather"),
        ("weather[maps] >= 1, < 2", "weather"),
        ("weather @ https://example.org/weather-1.0-py3-none-any.whl", "weather"),
        ("https://example.org/weather-1.0-py3-none-any.whl", ""),
        ("git+https://example.org/weather.git@v1", ""),
        ("git+ssh://git@example.org/weather.git", ""),
    ],
)
def test_what_an_installer_takes_is_taken_as_it_is(given: str, name: str):
    assert Requirement.of(f" {given} ") == Requirement(given, name)


@pytest.mark.parametrize("given", ["", "--index-url=https://evil.example", "-e", "a b", "a;b", "wetter!", "-r x.txt"])
def test_what_is_no_requirement_is_refused_and_no_option_gets_through(given: str):
    with pytest.raises(PluginError, match="is no distribution|there is no file"):
        Requirement.of(given)


def test_a_path_becomes_absolute_and_must_be_there(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    assert Requirement.of("./mine") == Requirement(str(tmp_path / "mine"))
    assert Requirement.of("./mine[maps]").text == f"{tmp_path / 'mine'}[maps]"
    assert Requirement.of(".", editable=True).editable
    with pytest.raises(PluginError, match=r"no file or folder './gone'"):
        Requirement.of("./gone")
    with pytest.raises(PluginError, match="is no folder"):
        Requirement.of("weather", editable=True)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (
            {"url": "https://example.org/w", "vcs_info": {"vcs": "git", "requested_revision": "v1", "commit_id": "ab"}},
            Requirement("w @ git+https://example.org/w@v1", "w"),
        ),
        ({"url": "file:///a/b", "dir_info": {"editable": True}}, Requirement("/a/b", "w", editable=True)),
        ({"url": "file:///a/b", "dir_info": {}}, Requirement("w @ file:///a/b", "w")),
        (
            {"url": "https://example.org/w.zip", "archive_info": {}, "subdirectory": "x"},
            Requirement("w @ https://example.org/w.zip#subdirectory=x", "w"),
        ),
    ],
)
def test_where_something_was_from_is_asked_for_again(origin: dict[str, object], expected: Requirement):
    assert Requirement.of_direct_url("w", origin) == expected


def test_users_and_passwords_are_taken_out_of_urls():
    assert without_user("pip install --index-url https://me:canary@example.org/simple x") == (
        "pip install --index-url https://(hidden)@example.org/simple x"
    )
