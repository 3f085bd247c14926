from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from toolpost import ConfigError
from toolpost.config.load import Config, load


def setting(text: str, key: str, environ: dict[str, str]) -> Any:
    return loaded(text, environ).plugins["a"].settings[key].value


def loaded(text: str, environ: dict[str, str]) -> Config:
    path = Path.cwd() / "c.toml"
    path.write_text(text)
    return load(path, environ)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("${NAME}", "set"),
        ("a ${NAME} b ${NAME}", "a set b set"),
        ("${GONE:-other}", "other"),
        ("${GONE:-}", ""),
        ("${NAME:-other}", "set"),
        ("${EMPTY:-other}", "other"),
        ("$${NAME}", "${NAME}"),
        ("$$", "$"),
        ("costs $5, $NAME", "costs $5, $NAME"),
    ],
)
def test_a_variable_in_a_value_is_filled_in(written: str, value: str):
    assert setting(f'[plugins.a]\nk = "{written}"', "k", {"NAME": "set", "EMPTY": ""}) == value


def test_variables_are_filled_in_lists_and_tables_too():
    text = '[plugins.a]\nk = ["${N}", { x = "${N}" }]'
    assert setting(text, "k", {"N": "1"}) == ["1", {"x": "1"}]


@pytest.mark.parametrize("written", ["${GONE}", "${EMPTY}"])
def test_a_missing_variable_is_named_with_its_place_and_the_way_out(written: str):
    with pytest.raises(ConfigError, match=r"c\.toml:2: \[plugins\.a\] k: variable \w+ is not set; export it.*:-…"):
        setting(f'[plugins.a]\nk = "{written}"', "k", {"EMPTY": ""})


@pytest.mark.parametrize("written", ["${NAME", "${}", "${1}", "${a-b}"])
def test_what_only_looks_like_a_variable_is_refused(written: str):
    with pytest.raises(ConfigError, match=r"\[plugins\.a\] k: a variable is written"):
        setting(f'[plugins.a]\nk = "{written}"', "k", {"NAME": "x"})


def test_a_plugin_that_rests_needs_no_variables():
    assert not loaded('[plugins.a]\nenabled = false\nk = "${GONE}"', {}).enabled


def test_a_plugin_can_be_enabled_by_a_variable():
    text = '[plugins.a]\nenabled = "${ON:-false}"'
    assert not loaded(text, {}).enabled
    assert loaded(text, {"ON": "true"}).enabled


def test_a_variable_stands_above_the_key_it_names():
    environ = {"TOOLPOST__A__K": "2", "TOOLPOST__SERVER__GRACE": "3"}
    config = loaded("[plugins.a]\nk = 1\n[server]\ngrace = 1.0", environ)
    assert config.plugins["a"].settings["k"].value == 2
    assert config.server.grace == 3.0


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("3", 3),
        ("true", True),
        ('["a"]', ["a"]),
        ("{ a = 1 }", {"a": 1}),
        ("text", "text"),
        ("", ""),
        ("1\nx = 2", "1\nx = 2"),
    ],
)
def test_an_override_is_read_as_toml_where_it_is_that(raw: str, value: Any):
    assert setting("[plugins.a]", "k", {"TOOLPOST__A__K": raw}) == value


def test_an_override_reaches_a_plugin_with_a_dash_in_its_name():
    config = loaded("[plugins.my-tools]", {"TOOLPOST__MY_TOOLS__K": "1"})
    assert config.plugins["my-tools"].settings["k"].value == 1


def test_an_overridden_value_needs_no_variable():
    assert setting('[plugins.a]\nk = "${GONE}"', "k", {"TOOLPOST__A__K": "x"}) == "x"


@pytest.mark.parametrize("name", ["TOOLPOST__B__K", "TOOLPOST__A", "TOOLPOST__A__"])
def test_an_override_without_a_table_is_refused(name: str):
    with pytest.raises(ConfigError, match=rf"{name}: there is no table"):
        loaded("[plugins.a]", {name: "1"})


def test_a_wrong_override_names_its_variable():
    with pytest.raises(ConfigError, match="TOOLPOST__SERVER__GRACE: input should be"):
        loaded("[plugins.a]", {"TOOLPOST__SERVER__GRACE": "soon"})
    with pytest.raises(ConfigError, match="TOOLPOST__SERVER__GRAZE: unknown key 'graze'; did you mean 'grace'"):
        loaded("[plugins.a]", {"TOOLPOST__SERVER__GRAZE": "1"})


def test_a_dotenv_file_stands_below_the_environment():
    Path(".env").write_text("A_KEY=from-file\nOTHER=from-file\nTOOLPOST__A__K=7\n")
    text = '[plugins.a]\nx = "${A_KEY} ${OTHER}"'
    assert setting(text, "x", {"OTHER": "environ"}) == "from-file environ"
    assert setting(text, "k", {"OTHER": "environ"}) == 7


def test_a_dotenv_file_beside_the_configuration_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/.env").write_text("N=1\n")
    (tmp_path / "conf/c.toml").write_text('[plugins.a]\nk = "${N}"')
    assert load(tmp_path / "conf/c.toml", {}).plugins["a"].settings["k"].value == "1"


def test_a_dotenv_file_that_is_no_text_is_named():
    Path(".env").write_bytes(b"A=\xff\n")
    with pytest.raises(ConfigError, match=r"\.env: cannot be read"):
        loaded("[plugins.a]", {})


def test_a_lenient_look_lets_variables_be_missing():
    path = Path.cwd() / "c.toml"
    path.write_text('[plugins.a]\nk = "${GONE} $$"')
    assert load(path, {}, lenient=True).plugins["a"].settings["k"].value == "${GONE} $"
