from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import SecretStr

from toolpost import ConfigError
from toolpost.config.fields import Setting, keyword_arguments
from toolpost.config.load import Config, load


def loaded(content: str | bytes) -> Config:
    path = Path.cwd() / "c.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load(path, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[plugin.a]", "c.toml:1: plugin: unknown table 'plugin'; did you mean 'plugins'?"),
        ("x = 1", "c.toml:1: x: unknown table 'x'; allowed: server, tools, guards, http, plugins"),
        ("[server]\n\ngrase = 1", "c.toml:3: [server] grase: unknown key 'grase'; did you mean 'grace'?"),
        ("server.grase = 1", "c.toml:1: [server] grase: unknown key 'grase'; did you mean 'grace'?"),
        ("[server]\ngrace = 'x'", "c.toml:2: [server] grace: input should be a valid number"),
        ("[server]\ngrace = true", "c.toml:2: [server] grace: input should be a valid number"),
        ("[server]\nline_bytes = '4096'", "c.toml:2: [server] line_bytes: input should be a valid integer"),
        ("[server]\nline_bytes = 1", "c.toml:2: [server] line_bytes: input should be greater than or equal to 1024"),
        ("[server]\nbackend = 'trip'", "c.toml:2: [server] backend: input should be 'asyncio' or 'trio'"),
        ("[tools]\ndisabled = 'a'", "c.toml:2: [tools] disabled: input should be a valid array"),
        ("[tools]\ndisabled = ['a', 3]", "c.toml:2: [tools] disabled: 1: input should be a valid string"),
        ("[plugins.a]\nenabled = 'no'", "c.toml:2: [plugins.a] enabled: input should be a valid boolean"),
        ("[plugins.a]\nrequired = 1", "c.toml:2: [plugins.a] required: input should be a valid boolean"),
        ("plugins = 3", "c.toml:1: [plugins]: this is a table; write [plugins] and its keys below"),
        ("[plugins]\na = 3", "c.toml:2: [plugins.a]: this is a table; write [plugins.a] and its keys below"),
        ("[[plugins]]\n", "c.toml:1: [plugins]: this is a table; write [plugins] and its keys below"),
        ("[plugins.a]\nx =\n", "c.toml:2: this is not TOML: "),
        ("[plugins.a]\nx = 1\nx = 2\n", "c.toml:3: this table or key is there already"),
        ("[plugins.a]\ny = 1\nx = 'ab", "c.toml:3: this is not TOML: "),
        ("[plugins.a]\nx = [1,\n2,\n", "c.toml:3: this is not TOML: "),
        ("x = " + "[" * 5000, "c.toml:1: this is not TOML: "),
        ("x = " + "1" * 5000, "c.toml:1: this is not TOML: "),
        ("", "c.toml:1: the file is empty; "),
        (" \r\n\n", "c.toml:1: the file is empty; "),
        (b"\xef\xbb\xbf", "c.toml:1: the file is empty; "),
        (b"[plugins.a]\nx = '\xff'\n", "c.toml:2: this is not UTF-8; save the file in that encoding"),
        ("[plugins.a]\n".encode("utf-16"), "c.toml:1: this is not UTF-8; save the file in that encoding"),
        (b"[plugins.a]\nx = '\x00'\n", "c.toml:2: this is not TOML: "),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_the_way_out(content: str | bytes, message: str):
    with pytest.raises(ConfigError) as caught:
        loaded(content)
    line = str(caught.value)
    assert message in line
    assert line.startswith(str(Path.cwd()))
    assert line.isprintable()


@pytest.mark.parametrize(
    "text", ["\ufeff[plugins.a]\nk = 1\n", "[plugins.a]\r\nk = 1\r\n", "# only\n[plugins.a]\nk = 1"]
)
def test_what_editors_leave_in_a_file_does_not_matter(text: str):
    assert loaded(text).plugins["a"].settings["k"].value == 1


def test_a_folder_in_place_of_the_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        load(tmp_path, {})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(tmp_path: Path):
    path = tmp_path / "c.toml"
    path.touch(mode=0)
    with pytest.raises(ConfigError, match=r"cannot be read: Permission denied"):
        load(path, {})


def test_the_plugins_keep_the_order_of_the_file():
    config = loaded("[plugins.b]\n[server]\n[plugins.a]\n[plugins.c]")
    assert [table.name for table in config.enabled] == ["b", "a", "c"]


@dataclass
class Plugin:
    city: str
    path: Path = Path()
    units: Literal["metric", "imperial"] = "metric"
    limits: dict[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    days: float = 1.0
    key: SecretStr = SecretStr("")


def built(text: str, environ: dict[str, str] | None = None) -> Plugin:
    path = Path.cwd() / "c.toml"
    path.write_text(f"[plugins.a]\n{text}")
    table = load(path, environ or {}).plugins["a"]
    return Plugin(**keyword_arguments(Plugin, table.settings, table.source))


def test_settings_become_what_the_fields_are():
    plugin = built("city = 'Oslo'\npath = '/x'\nlimits = { a = 1 }\nnames = ['n']\ndays = 2\nkey = 'k'")
    assert plugin == Plugin("Oslo", Path("/x"), "metric", {"a": 1}, ("n",), 2.0, SecretStr("k"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"\[plugins.a\]: key 'city' is required, and missing; add it"),
        ("city = 1", r":2: \[plugins.a\] city: input should be a valid string"),
        ("city = 'x'\ncty = 1", r":3: \[plugins.a\] cty: unknown key 'cty'; did you mean 'city'"),
        ("city = 'x'\nunits = 'm'", r"units: input should be 'metric' or 'imperial'"),
        ("city = 'x'\nlimits = { a = 'b' }", r":3: \[plugins.a\] limits: a: input should be a valid integer"),
        ("city = 'x'\nkey = 5", r"key: input should be a valid string"),
    ],
)
def test_a_setting_that_does_not_fit_its_field_is_named(text: str, message: str):
    with pytest.raises(ConfigError, match=message):
        built(text)


@pytest.mark.parametrize(("key", "raw", "value"), [("city", "4", "4"), ("city", "true", "true"), ("days", "3", 3.0)])
def test_an_override_becomes_what_the_field_is(key: str, raw: str, value: Any):
    assert getattr(built("city = 'x'", {f"TOOLPOST__A__{key.upper()}": raw}), key) == value


def test_a_variable_becomes_what_the_field_is():
    assert built("city = 'x'\ndays = '${DAYS}'", {"DAYS": "7"}).days == 7.0


def test_an_error_never_says_what_was_given():
    with pytest.raises(ConfigError) as caught:
        built("city = 'x'\nunits = '${TOKEN}'", {"TOKEN": "canary-1234"})
    assert "canary" not in str(caught.value)


def test_a_field_that_the_host_fills_is_no_setting():
    with pytest.raises(ConfigError, match="unknown key 'city'"):
        keyword_arguments(Plugin, {"city": Setting("x", "here")}, load(None, {}).plugins["pii"].source, ["city"])
