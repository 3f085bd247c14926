"""`toolpost pii scan` shows what is found in files, by place, and does not show the values."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from toolpost import Host
from toolpost.middleware.pii import PII

TEXT = "hello ann@example.com and 10.0.0.1\n\n日本 bob@example.com\x1b[31m\n"


def scan(*arguments: str, stdin: str = "") -> Result:
    @click.group()
    def cli() -> None: ...

    Host([PII()]).registry.commands(cli)
    return CliRunner().invoke(cli, ["pii", "scan", *arguments], input=stdin)


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "notes.txt").write_text(TEXT, "utf-8")
    return str(tmp_path / "notes.txt")


def test_each_finding_has_its_place_its_type_and_a_masked_line(file: str) -> None:
    done = scan(file)
    assert done.stdout.splitlines() == [
        f"{file}:1:7: EMAIL: hello [EMAIL] and [IP]",
        f"{file}:1:27: IP: hello [EMAIL] and [IP]",
        f"{file}:3:4: EMAIL: 日本 [EMAIL]\\x1b[31m",
    ]
    assert done.exit_code == 1


def test_values_are_shown_only_where_asked_for(file: str) -> None:
    assert "ann@example.com" not in scan(file).output + scan("--json", file).output
    rows = [json.loads(line) for line in scan("--json", "--show", file).stdout.splitlines()]
    assert rows[1] == {
        "file": file,
        "line": 1,
        "column": 27,
        "type": "IP",
        "excerpt": "hello [EMAIL] and [IP]",
        "value": "10.0.0.1",
    }


def test_nothing_found_is_a_success() -> None:
    done = scan("-", stdin="nothing here")
    assert (done.exit_code, done.output) == (0, "")


def test_stdin_is_a_file_too() -> None:
    assert scan("-", stdin="at 10.0.0.1").stdout == "stdin:1:4: IP: at [IP]\n"


def test_only_some_types(file: str) -> None:
    assert [line.split(": ")[1] for line in scan("--types", "ip", file).stdout.splitlines()] == ["IP"]
    wrong = scan("--types", "IP,MAIL", file)
    assert (wrong.exit_code, "'MAIL' is no type that is looked for" in wrong.output) == (2, True)


def test_a_binary_file_is_skipped_and_said_so(file: str, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\x89PNG\0\0ann@example.com")
    done = scan(str(tmp_path / "picture"))
    assert (done.exit_code, done.stdout, "skipped, since it is no text" in done.stderr) == (0, "", True)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(file: str, tmp_path: Path) -> None:
    done = scan(str(tmp_path / "none"), str(tmp_path), file)
    assert (done.exit_code, len(done.stdout.splitlines())) == (2, 3)
    assert "No such file" in done.stderr


def test_utf_16_is_text(tmp_path: Path) -> None:
    (tmp_path / "wide.txt").write_text("\nto ann@example.com", "utf-16")
    assert ":2:4: EMAIL: to [EMAIL]" in scan(str(tmp_path / "wide.txt")).stdout


def test_places_are_right_far_into_a_large_file(tmp_path: Path) -> None:
    line = "plain words all along the line and nothing else in it 12\n"
    (tmp_path / "large.txt").write_text(line * 60_000 + "x" * 3_000 + " ann@example.com", "utf-8")
    assert f"{tmp_path}/large.txt:60001:3002: EMAIL: " in scan(str(tmp_path / "large.txt")).stdout


def test_a_key_over_many_lines_is_one_finding(tmp_path: Path) -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7\n" * 9 + "-----END RSA PRIVATE KEY-----\n"
    (tmp_path / "key.pem").write_text(f"one\n{key}ann@example.com\n", "utf-8")
    rows = [line.rpartition("key.pem")[2] for line in scan(str(tmp_path / "key.pem")).stdout.splitlines()]
    assert rows == [":2:1: API_KEY: [API_KEY]", ":13:1: EMAIL: [EMAIL]"]
