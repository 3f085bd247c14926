from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolpost import ConfigError, Folders
from toolpost.config.edit import Amendment, edit, replace, switch_plugin, switch_tool
from toolpost.config.locate import shipped_file

NEVER_MORE = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def edited(text: str, change: Amendment) -> str:
    path = Path.cwd() / "c.toml"
    path.write_bytes(text.encode())
    edit(path, change)
    return path.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[plugins.chat]\nmodel = 'x'\n", "[plugins.chat]\nmodel = 'x'\nenabled = false\n"),
        ("[plugins.chat]  # why\n\n[server]\n", "[plugins.chat]  # why\nenabled = false\n\n[server]\n"),
        ("[plugins.chat]", "[plugins.chat]\nenabled = false\n"),
        ("[plugins.'chat']\nenabled = true   # why\n", "[plugins.'chat']\nenabled = false   # why\n"),
        ("plugins.chat.enabled = true # why\n", "plugins.chat.enabled = false # why\n"),
        ("[plugins]\nchat.model = 'x'\n", "[plugins]\nchat.model = 'x'\nchat.enabled = false\n"),
        ("[plugins]\nchat = { enabled = true, a = 1 } # why\n", "[plugins]\nchat = { enabled = false, a = 1 } # why\n"),
        ("plugins = { chat = { enabled = true } }\n", "plugins = { chat = { enabled = false } }\n"),
        ("[plugins.chat]\r\nenabled = true\r\n", "[plugins.chat]\r\nenabled = false\r\n"),
        ("[plugins.chat]\r\n\r\n[server]\r\n", "[plugins.chat]\r\nenabled = false\r\n\r\n[server]\r\n"),
        ("\ufeff[plugins.chat]\nenabled = true\n", "\ufeff[plugins.chat]\nenabled = false\n"),
        ("[plugins.other]\n", "[plugins.other]\n\n[plugins.chat]\nenabled = false\n"),
    ],
)
def test_disabling_a_plugin_changes_that_and_nothing_else(before: str, after: str):
    assert edited(before, switch_plugin("chat", False)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[plugins.chat]\nenabled = false # c\n", "[plugins.chat]\nenabled = true # c\n"),
        ("[plugins.chat]\n", "[plugins.chat]\n"),
        ("# mine\n", "# mine\n\n[plugins.chat]\n"),
        ("[plugins.a]\n\n[tools]\ndisabled = []", "[plugins.a]\n\n[tools]\ndisabled = []\n\n[plugins.chat]\n"),
        ("[plugins.a]\r\n", "[plugins.a]\r\n\r\n[plugins.chat]\r\n"),
        ("plugins = { a = {} }\n", "plugins = { a = {}, chat = {}}\n"),
        ("plugins.a.x = 1\n", "plugins.a.x = 1\n\n[plugins.chat]\n"),
    ],
)
def test_enabling_a_plugin_changes_that_and_nothing_else(before: str, after: str):
    assert edited(before, switch_plugin("chat", True)) == after


def test_a_plugin_with_a_strange_name_gets_a_table_of_that_name():
    text = edited("[plugins.a]\n", switch_plugin('my "own".tools', True))
    assert list(tomllib.loads(text)["plugins"]) == ["a", 'my "own".tools']


@pytest.mark.parametrize(
    ("before", "on", "after"),
    [
        ("[tools]\ndisabled = []  # none\n", False, '[tools]\ndisabled = ["chat"]  # none\n'),
        ("[tools]\ndisabled = ['a']\n", False, "[tools]\ndisabled = ['a', \"chat\"]\n"),
        ("[tools]\ndisabled = ['a', 'chat']\n", True, "[tools]\ndisabled = ['a']\n"),
        (
            "[tools]\ndisabled = [\n  'a', # one\n  'chat', # two\n  'c', # three\n]\n",
            True,
            "[tools]\ndisabled = [\n  'a', # one\n  'c', # three\n]\n",
        ),
        ("tools.disabled = ['chat']\n", True, "tools.disabled = []\n"),
        ("# mine\n", True, "# mine\n"),
        ("[tools]\n", True, "[tools]\n"),
    ],
)
def test_hiding_and_showing_a_tool_changes_that_and_nothing_else(before: str, on: bool, after: str):
    assert edited(before, switch_tool("chat", on)) == after


def test_a_file_without_the_table_gets_it():
    assert tomllib.loads(edited("# mine\n", switch_tool("chat", False))) == {"tools": {"disabled": ["chat"]}}


NAMES = st.sampled_from(["chat", "pii", "my-tools", "a b", "cache"])
VALUES = st.one_of(
    st.integers(-(2**53), 2**53),
    st.booleans(),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="#"), max_size=12),
    st.lists(st.integers(0, 9), max_size=3),
)
STYLES = st.sampled_from(["table", "dotted", "inline", "commented"])


def toml(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else repr(value)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A configuration such as people write: every plugin in a style of its own, with comments."""
    plugins = draw(st.dictionaries(NAMES, st.dictionaries(st.sampled_from(["a", "b", "enabled"]), VALUES), max_size=4))
    inside, tables = ["[plugins]  # all of them"], ["[server]", "grace = 1.5  # seconds", "", "# plugins below"]
    for name, values in plugins.items():
        entries = {key: toml(value if key != "enabled" else draw(st.booleans())) for key, value in values.items()}
        key = name if re.fullmatch(r"[\w-]+", name) else f'"{name}"'
        match draw(STYLES):
            case "inline":
                inside.append(f"{key} = {{ {', '.join(f'{k} = {v}' for k, v in entries.items())} }} # {len(inside)}")
            case "dotted" if entries:
                inside += [f"{key}.{k} = {v}  # {k}" for k, v in entries.items()]
            case "commented":
                tables += ["", f"[plugins.{key}]   # of {name}", *(f"{k}   =  {v} # {k}" for k, v in entries.items())]
                tables += ["# at its end"]
            case _:
                tables += [f"[plugins.{key}]", *(f"{k} = {v}" for k, v in entries.items()), ""]
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join([*inside, "", *tables, "[tools]", "disabled = ['x', # x", "]", ""])


@NEVER_MORE
@given(documents(), NAMES, st.booleans(), st.booleans())
def test_every_other_value_and_every_comment_stays(text: str, name: str, on: bool, of_plugin: bool):
    change = switch_plugin(name, on) if of_plugin else switch_tool(name, on)
    wanted = tomllib.loads(text, parse_float=str)
    change(wanted)
    after = edited(text, change)
    assert tomllib.loads(after, parse_float=str) == wanted
    assert re.findall(r"#.*", after) == re.findall(r"#.*", text)
    assert after.count("\r\n") in (0, after.count("\n"))


def test_a_change_and_its_opposite_leave_the_shipped_file_as_it_was():
    text = shipped_file().read_text()
    switched = edited(edited(text, switch_tool("chat", False)), switch_tool("chat", True))
    assert switched == text
    for name in tomllib.loads(text)["plugins"]:
        off = edited(text, switch_plugin(name, False))
        assert [line for line in off.splitlines() if line not in ("enabled = false", "enabled = true")] == [
            line for line in text.splitlines() if line != "enabled = true"
        ]


def test_the_shipped_file_is_copied_and_never_edited(folders: Folders):
    before = shipped_file().read_bytes()
    result = edit(shipped_file(), switch_plugin("chat", False))
    assert (result.path, result.copied_from) == (folders.config / "config.toml", shipped_file())
    assert not tomllib.loads(result.path.read_text())["plugins"]["chat"]["enabled"]
    assert shipped_file().read_bytes() == before


def test_a_persons_own_file_is_never_overwritten_by_a_copy_of_the_shipped(folders: Folders):
    folders.config.mkdir(parents=True)
    own = folders.config / "config.toml"
    own.write_text("# mine")
    with pytest.raises(ConfigError, match="comes with toolpost and is never edited; yours is"):
        edit(shipped_file(), switch_plugin("chat", False))
    assert own.read_text() == "# mine"


def test_a_change_that_changes_nothing_writes_nothing(folders: Folders):
    assert not edit(shipped_file(), switch_plugin("chat", True)).changed
    assert not folders.config.exists()


def test_a_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path):
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real/c.toml", tmp_path / "c.toml"
    real.write_text("[plugins.chat]\n")
    real.chmod(0o640)
    link.symlink_to(real)
    edit(link, switch_plugin("chat", False))
    assert link.is_symlink()
    assert "enabled = false" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in real.parent.iterdir()] == ["c.toml"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/c\.toml: cannot be written"):
        replace(tmp_path / "file/c.toml", "x")


def test_a_broken_file_is_not_touched():
    path = Path.cwd() / "c.toml"
    path.write_text("[plugins.chat\n")
    with pytest.raises(ConfigError, match="this is not TOML"):
        edit(path, switch_plugin("chat", False))
    assert path.read_text() == "[plugins.chat\n"


KILLED_AT_EVERY_LINE = """
import os, sys, tomllib
from pathlib import Path
from toolpost.config.edit import edit, switch_plugin
import tomlkit

path, plain = Path(sys.argv[1]), Path(sys.argv[1]).read_text()

def killed_after(lines):
    def trace(frame, event, argument):
        nonlocal lines
        if "toolpost" not in frame.f_code.co_filename and "tempfile" not in frame.f_code.co_filename:
            return None
        lines -= event == "line"
        if lines < 0:
            os._exit(9)
        return trace
    child = os.fork()
    if not child:
        sys.settrace(trace)
        edit(path, switch_plugin("chat", False))
        sys.settrace(None)
        os._exit(0)
    return os.waitpid(child, 0)[1] != 0

points = seen_new = 0
while killed_after(points):
    points += 1
    enabled = tomllib.loads(path.read_text())["plugins"]["chat"].get("enabled", True)
    seen_new += not enabled
    assert path.read_text() == plain or not enabled
    path.write_text(plain)
print(points, seen_new)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_file_is_whole_wherever_the_edit_is_killed(tmp_path: Path):
    path = tmp_path / "c.toml"
    path.write_text(shipped_file().read_text())
    command = [sys.executable, "-c", KILLED_AT_EVERY_LINE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    points, seen_new = map(int, done.stdout.split())
    assert points > 40
    assert seen_new > 0
