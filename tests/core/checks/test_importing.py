"""What is wrong with the import of a plugin: each is tried in processes of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolpost.checks.importing import of_import
from toolpost.checks.running import environment

FAULTS = {
    "it fails": ("import weatherlib_that_is_not_there", "import", "ModuleNotFoundError"),
    "it ends the process": ("import os; os._exit(3)", "import", "ends the process with status 3"),
    "it raises SystemExit": ("raise SystemExit(1)", "import", "SystemExit"),
    "it sleeps": ("import time; time.sleep(0.2)", "import-time", "and at most 50 are allowed"),
    "it works": ("sum(i * i for i in range(3_000_000))", "import-time", "ms beyond toolpost"),
    "it prints": ("print('hello')", "import-output", "prints 'hello'"),
    "it writes past Python": ("import os; os.write(1, b'hello')", "import-output", "prints 'hello'"),
    "it connects": (
        "import socket\ntry: socket.create_connection(('127.0.0.1', 9), 1)\nexcept OSError: pass",
        "import-effects",
        "it looks up a host",
    ),
    "it starts a process": ("import subprocess; subprocess.run(['true'])", "import-effects", "starts a process"),
    "it leaves a thread": (
        "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True, name='mine').start()",
        "import-threads",
        "'mine'",
    ),
    "it is heavy": ("import openai", "import-heavy", "openai"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault: str, tmp_path: Path):
    source, rule, words = FAULTS[fault]
    (tmp_path / "weather_plugin.py").write_text(source)
    found = [*of_import("weather_plugin", environment([str(tmp_path)], tmp_path), str(tmp_path))]
    assert words in next(finding for finding in found if finding.rule == rule).what


def test_an_import_that_never_ends_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("toolpost.checks.importing.LONGEST", 2.0)
    (tmp_path / "weather_plugin.py").write_text("import time; time.sleep(60)")
    found = [*of_import("weather_plugin", environment([str(tmp_path)], tmp_path), str(tmp_path))]
    assert [(one.rule, one.what) for one in found] == [("import", "it takes longer than 2 s")]


def test_nothing_is_wrong_with_a_plain_import(tmp_path: Path):
    (tmp_path / "weather_plugin.py").write_text("from toolpost import Tool, hookimpl\nimport json, pathlib")
    assert [*of_import("weather_plugin", environment([str(tmp_path)], tmp_path), str(tmp_path))] == []
