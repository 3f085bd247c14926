from __future__ import annotations

from pathlib import Path

import pytest

from toolpost import ConfigError, Folders
from toolpost.config.locate import is_shipped, locate, shipped_file, user_file

OURS = "[plugins.trace]\n"


@pytest.fixture
def own(folders: Folders) -> Path:
    folders.config.mkdir(parents=True)
    (folders.config / "config.toml").write_text(OURS)
    return folders.config / "config.toml"


def here(text: str) -> Path:
    path = Path.cwd() / "config.toml"
    path.write_text(text)
    return path


def test_the_shipped_file_counts_where_there_is_no_other():
    assert locate(None, {}) == shipped_file()


def test_a_persons_own_file_goes_before_the_shipped(own: Path):
    assert locate(None, {}) == own == user_file()


@pytest.mark.parametrize(
    "text", [OURS, "[plugins]\n", "plugins.trace.enabled = true\n", "plugins = {}", "[ plugins . a]"]
)
def test_the_working_directory_goes_before_a_persons_own(own: Path, text: str):
    path = here(text)
    assert locate(None, {}) == path


@pytest.mark.parametrize("text", ["", "[package]\nname = 'x'\n", "# [plugins.trace]\n", "[my.plugins.x]\n"])
def test_a_config_toml_of_another_program_is_not_ours(own: Path, text: str):
    here(text)
    assert locate(None, {}) == own


def test_a_broken_file_of_ours_is_still_ours():
    path = here("[plugins.trace\n\xff")
    assert locate(None, {}) == here("[plugins.trace]\nx = \n") == path


def test_a_folder_called_config_toml_is_not_ours():
    (Path.cwd() / "config.toml").mkdir()
    assert locate(None, {}) == shipped_file()


def test_the_shipped_file_in_the_working_directory_does_not_hide_a_persons_own(
    own: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(shipped_file().parent)
    assert locate(None, {}) == own


def test_the_variable_goes_before_the_working_directory(own: Path, tmp_path: Path):
    here(OURS)
    other = tmp_path / "other.toml"
    other.write_text(OURS)
    assert locate(None, {"TOOLPOST_CONFIG": str(other)}) == other


def test_the_option_goes_before_the_variable(tmp_path: Path):
    given = tmp_path / "given.toml"
    given.write_text(OURS)
    assert locate(given, {"TOOLPOST_CONFIG": "/nowhere"}) == given


def test_an_empty_variable_is_none():
    assert locate(None, {"TOOLPOST_CONFIG": ""}) == shipped_file()


def test_a_file_that_is_named_must_be_there(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"--config: there is no file '.*gone\.toml'"):
        locate(tmp_path / "gone.toml", {})
    with pytest.raises(ConfigError, match="TOOLPOST_CONFIG: there is no file '/gone'"):
        locate(None, {"TOOLPOST_CONFIG": "/gone"})


def test_the_shipped_file_is_known_by_any_path(tmp_path: Path):
    link = tmp_path / "link.toml"
    link.symlink_to(shipped_file())
    assert is_shipped(link)
    assert not is_shipped(tmp_path / "other.toml")
