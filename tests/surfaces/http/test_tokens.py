"""`toolpost tokens`: a token is made, listed and taken away, and a server takes it or does not."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from reaching import CONFIG, reached

from toolpost.cli import toolpost


def run(*words: str) -> Result:
    return CliRunner().invoke(toolpost, ["--config", "c.toml", "tokens", *words])


@pytest.fixture(autouse=True)
def config() -> Path:
    path = Path("c.toml")
    path.write_text("# mine\n[server]\ngrace = 1.0 # short\n")
    return path


def test_a_token_is_printed_once_and_its_hash_is_kept(config: Path):
    token = run("add", "ann").stdout.strip()
    assert re.fullmatch(r"tp_[\w-]{43,}", token)
    kept = tomllib.loads(config.read_text())["http"]["tokens"]["ann"]
    assert kept == {"sha256": hashlib.sha256(token.encode()).hexdigest(), "principal": "ann", "scopes": ["call"]}
    assert token not in config.read_text() + run("list").stdout + run("list", "--json").stdout
    assert config.read_text().startswith("# mine\n[server]\ngrace = 1.0 # short\n")


def test_no_two_are_alike():
    assert len({run("add", f"n{number}").stdout for number in range(20)}) == 20


def test_who_and_what_may_be_said():
    made = json.loads(run("add", "ops", "--principal", "boss", "--scope", "admin", "--scope", "call", "--json").stdout)
    assert (made["principal"], made["scopes"]) == ("boss", ["call", "admin"])
    assert json.loads(run("add", "only", "--scope", "admin", "--json").stdout)["scopes"] == ["admin"]
    listed = {one["name"]: one for one in json.loads(run("list", "--json").stdout)}
    assert listed["ops"]["principal"] == "boss"
    assert len(listed["ops"]["sha256"]) == 12


def test_a_token_that_is_revoked_is_gone(config: Path):
    run("add", "ann")
    run("add", "bob")
    assert run("revoke", "ann").exit_code == 0
    assert [one["name"] for one in json.loads(run("list", "--json").stdout)] == ["bob"]
    assert json.loads(run("revoke", "bob", "--json").stdout)["revoked"] is True
    assert "sha256" not in config.read_text()


@pytest.mark.parametrize(
    "words",
    [
        ("add", "ann"),
        ("revoke", "nobody"),
        ("add", ""),
        ("add", " x"),
        ("add", "a\nb"),
        ("add", "x" * 201),
        ("add", "b", "--principal", "\x1b[2J"),
        ("add", "b", "--scope", "root"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(config: Path, words: tuple[str, ...]):
    run("add", "ann")
    before = config.read_text()
    result = run(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert config.read_text() == before


def test_a_server_that_runs_is_told_of_it(tmp_path: Path):
    with reached(tmp_path, "[server]\ngrace = 1.0\n" + CONFIG) as server:
        assert server.rpc("tools/list").status == 200
        words = ["--config", str(tmp_path / "config.toml"), "tokens"]
        token = CliRunner().invoke(toolpost, [*words, "add", "ann"]).stdout.strip()
        server.signal(signal.SIGHUP)
        while server.rpc("tools/list").status == 200:
            pass
        brought = {"authorization": f"Bearer {token}"}
        assert server.rpc("tools/list", headers=brought).status == 200
        other = CliRunner().invoke(toolpost, [*words, "add", "bob"]).stdout.strip()
        CliRunner().invoke(toolpost, [*words, "revoke", "ann"])
        server.signal(signal.SIGHUP)
        while server.rpc("tools/list", headers=brought).status == 200:
            pass
        assert server.rpc("tools/list", headers={"authorization": f"Bearer {other}"}).status == 200


def test_a_server_takes_what_was_added(config: Path, tmp_path: Path):
    token = run("add", "ann").stdout.strip()
    gone = run("add", "bob").stdout.strip()
    run("revoke", "bob")
    with reached(tmp_path / "served", config.read_text() + CONFIG) as server:
        for given, status in ((token, 200), (gone, 401)):
            assert server.rpc("tools/list", headers={"authorization": f"Bearer {given}"}).status == status
