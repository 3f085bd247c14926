from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from toolpost.config.edit import edit
from toolpost.config.locate import shipped_file
from toolpost.config.tokens import add_token, remove_token

ENTRY = {"sha256": "0" * 64, "principal": "ann", "scopes": ["call"]}
FILES = {
    "a table": "[http]\nport = 1 # mine\n\n# about plugins\n[plugins.x]\n",
    "no table": "# mine\n[server]\n",
    "an empty list": "[http]\ntokens = {} # none\nport = 1\n",
    "one in line": '[http]\ntokens = {b = {sha256 = "1", principal = "b"}} # one\n',
    "all in line": "http = {port = 1} # mine\n",
    "dotted keys": "http.port = 1 # mine\n[plugins.x]\n",
    "another": '[http.tokens.b]\nsha256 = "1"\nprincipal = "b" # mine\n\n[plugins.x]\n',
    "tables all over": "[http]\nport = 1\n[plugins.x]\n[http.oauth]\nissuer = 'i'\n# end",
    "a mark and line ends": "\ufeff[http]\r\nport = 1\r\n\r\n[plugins.x]\r\n",
    "nothing more": "# mine\n\n",
    "the shipped one": shipped_file().read_text("utf-8"),
}


@pytest.mark.parametrize("name", ["ann", "a b", 'q"', "é", "a.b"])
@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_what_is_added_and_taken_away_leaves_everything_else(text: str, name: str, tmp_path: Path):
    path = tmp_path / "c.toml"
    path.write_bytes(text.encode())
    before = tomllib.loads(path.read_text("utf-8-sig"))
    edit(path, add_token(name, ENTRY))
    after = tomllib.loads(path.read_text("utf-8-sig"))
    assert after["http"]["tokens"].pop(name) == ENTRY
    assert before.get("http", {}).get("tokens", {}) == after["http"]["tokens"]
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line and "tokens = {}" not in line]
    for comment in comments:
        assert comment in path.read_text("utf-8-sig")
    edit(path, remove_token(name))
    last = tomllib.loads(path.read_text("utf-8-sig"))
    assert {**before, "http": {"tokens": {}, **before.get("http", {})}} == {
        **last,
        "http": {"tokens": {}, **last.get("http", {})},
    }


def test_a_new_table_comes_last():
    path = Path("c.toml")
    path.write_text(FILES["a table"])
    edit(path, add_token("ann", ENTRY))
    edit(path, add_token("bob", ENTRY))
    assert path.read_text().startswith(FILES["a table"])
    assert path.read_text().index("[http.tokens.ann]") < path.read_text().index("[http.tokens.bob]")
