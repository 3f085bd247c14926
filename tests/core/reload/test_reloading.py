"""A reload takes a configuration up whole, or leaves everything as it was."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest

from toolpost import Folders
from toolpost.config.load import load
from toolpost.plugins.assemble import Workshop
from toolpost.reload import Reloading
from toolpost.reload.running import registered, running
from toolpost.reload.watching import reload_at_changes

sys.path.append(str(Path(__file__).parent / "reloaded"))

from reloaded_plugins import LOG  # noqa: E402


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two plugins of a distribution that lies on the path, and a file that can be rewritten."""
    LOG.clear()
    info = tmp_path / "reloaded-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reloaded\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toolpost]\ndesk = reloaded_plugins:Desk\ndoor = reloaded_plugins:Door\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "config.toml"

    def write(word: str, locked: bool = False) -> Path:
        door = f"[plugins.door]\nrequired = true\nlocked = {str(locked).lower()}\n"
        file.write_text(f'[plugins.desk]\nword = "{word}"\n{door}')
        return file

    return write


async def test_a_plugin_that_was_refused_once_is_opened_when_it_is_taken(config):
    workshop = Workshop()
    settings = load(config("first"))
    host = workshop.host(settings)
    reloading = Reloading(host, settings, workshop)
    async with host:
        config("second", locked=True)
        refused = await reloading.reload()
        assert not refused.taken
        assert (await host.call("answer")).text == "first"
        config("second")
        assert (await reloading.reload()).taken
        assert (await host.call("answer")).text == "second"
    assert LOG.count("second opens") == LOG.count("second closes") == 2
    assert LOG.count("first closes") == 1


async def test_what_cannot_be_prepared_is_refused_before_anything_is_taken(config):
    workshop = Workshop()
    settings = load(config("first"))
    host = workshop.host(settings)

    def refuse(_):
        raise RuntimeError("no")

    async with host:
        config("second")
        outcome = await Reloading(host, settings, workshop, also=refuse).reload()
        assert not outcome.taken
        assert "RuntimeError" in outcome.text
        assert (await host.call("answer")).text == "first"


async def test_secrets_of_what_is_taken_up_are_hidden_like_those_before(config, capfd):
    import logging

    from toolpost.logs import log_to_stderr

    before = logging.root.handlers[:]
    workshop = Workshop()
    settings = load(config("first"))
    host = workshop.host(settings)
    try:
        log_to_stderr(settings)
        async with host:
            path = config("second")
            path.write_text(path.read_text() + "api_key = 'second plain words'\n")
            await Reloading(host, settings, workshop).reload()
            logging.getLogger("toolpost").error("it was: second plain words")
    finally:
        logging.root.handlers[:] = before
    assert "second plain words" not in capfd.readouterr().err


async def test_the_file_that_counts_now_is_taken_up(config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOOLPOST_CONFIG", str(config("first")))
    workshop = Workshop()
    settings = load()
    host = workshop.host(settings)
    async with host:
        other = tmp_path / "other.toml"
        other.write_text(config("second").read_text())
        config("first")
        monkeypatch.setenv("TOOLPOST_CONFIG", str(other))
        outcome = await Reloading(host, settings, workshop).reload()
        assert str(other) in outcome.text
        assert (await host.call("answer")).text == "second"


async def test_a_project_installed_in_place_meanwhile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import sysconfig

    from toolpost.reload.packages import see_new_packages

    project, purelib = tmp_path / "project", tmp_path / "purelib"
    project.mkdir()
    purelib.mkdir()
    (project / "installed_meanwhile.py").write_text("here = True\n")
    (purelib / "project.pth").write_text(f"{project}\nimport nothing_of_this_is_run\n/no/such/folder\n")
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(purelib))
    see_new_packages()
    assert str(project) in sys.path
    assert __import__("installed_meanwhile").here


async def test_what_does_not_stand_is_named(config):
    workshop = Workshop()
    settings = load(config("first"))
    host = workshop.host(settings)
    async with host:
        path = config("first")
        path.write_text(path.read_text().replace("required = true\nlocked = false", "locked = true"))
        outcome = await Reloading(host, settings, workshop).reload()
        assert outcome.taken
        assert "without plugin door" in outcome.text


async def test_a_file_that_changed_before_anybody_watched_it_is_taken_up(config):
    workshop = Workshop()
    settings = load(config("first"))
    host = workshop.host(settings)
    config("second and longer")
    async with host, anyio.create_task_group() as tasks:
        tasks.start_soon(reload_at_changes, Reloading(host, settings, workshop), None, 0.01)
        with anyio.fail_after(10):
            while (await host.call("answer")).text == "first":
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()


async def test_the_file_that_counts_now_is_told_to_those_who_ask(config, folders: Folders, tmp_path: Path):
    with registered(folders, "stdio", tmp_path / "shipped.toml") as register:
        register.ended(True, "taken", config("first"))
        (one,) = running(folders)
        assert (one.taken, one.config) == (True, str(tmp_path / "config.toml"))
