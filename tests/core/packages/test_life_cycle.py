"""Plugins installed, upgraded, removed and locked in environments made for real, each from an index on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import anyio
import places
import pytest
import wheelhouse
from places import UV, Place

from toolpost.store.sqlite import SQLiteStore

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="the environments lie elsewhere on Windows"),
    pytest.mark.xdist_group("environments"),
]
World = Callable[[str], Place]


def test_a_plugin_is_installed_enabled_upgraded_and_removed(made: Place):
    asked = made.plugins("install", "weather==1.0")
    assert asked.returncode == 2
    assert "stdin is no terminal; add --yes" in asked.stderr
    assert "weather" not in made.states()

    done = made.plugins("install", "weather==1.0", "--yes")
    assert done.returncode == 0, done.stderr
    assert "+ weather 1.0" in done.stdout
    assert "plugin weather (weather 1.0): Says weather." in done.stdout
    assert "It runs only once enabled: `toolpost plugins enable weather`" in done.stdout
    assert made.states()["weather"] == "available"
    (entry,) = made.recorded()
    assert (entry["distribution"], entry["version"], entry["plugins"]) == ("weather", "1.0", ["weather"])
    assert f"$ {entry['command']}" in done.stderr

    assert "plugin moon is enabled" in made.plugins("install", "moon", "--yes", "--enable").stdout
    assert made.must(made.toolpost, "call", "moon").strip() == "moon 1.0"
    assert {entry["distribution"] for entry in made.recorded()} == {"weather", "moon"}

    assert "~ weather 1.0 → 1.1" in made.plugins("upgrade", "weather", "--yes").stdout
    assert "there is nothing newer" in made.plugins("upgrade", "--yes").stdout

    gone = made.plugins("uninstall", "moon", "weather", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert "first disabled in the configuration: moon" in gone.stderr
    assert not {"moon", "weather"} & made.states().keys() - {"moon"}
    assert made.states()["moon"] == "missing"
    assert made.recorded() == []


def test_what_cannot_be_installed_is_said_in_the_installers_words_and_with_a_way_out(made: Place):
    before = made.states()
    late, none = made.plugins("install", "late", "--yes"), made.plugins("install", "no-such-thing", "--yes")
    assert (late.returncode, none.returncode) == (1, 1)
    assert "toolpost>=99" in late.stderr
    assert "no-such-thing" in none.stderr
    assert "look at the name and the version" in none.stderr
    assert "Traceback" not in late.stderr + none.stderr
    assert made.states() == before


def test_a_lock_brings_back_versions_and_what_was_enabled(made: Place):
    made.must(made.toolpost, "plugins", "install", "weather==1.0", "moon", "--yes")
    made.must(made.toolpost, "plugins", "enable", "weather")
    made.must(made.toolpost, "plugins", "freeze", "lock.toml")
    lock = tomllib.loads((made.folder / "lock.toml").read_text())
    assert lock["enabled"][-1] == "weather"
    assert [one["name"] for one in lock["distributions"] if not one.get("hashes")] == []
    made.must(made.toolpost, "plugins", "uninstall", "moon", "--yes")
    made.must(made.toolpost, "plugins", "upgrade", "weather", "--yes")
    made.must(made.toolpost, "plugins", "disable", "weather")

    shown = made.plugins("restore", "lock.toml", "--dry-run")
    assert "+ moon 1.0\n~ weather 1.1 → 1.0\n+ weather is enabled\n" in shown.stdout
    restored = made.plugins("restore", "lock.toml", "--yes")
    assert restored.returncode == 0, restored.stderr
    assert "--require-hashes" in restored.stderr
    assert made.must(made.toolpost, "call", "weather").strip() == "weather 1.0"
    assert "nothing differs" in made.plugins("restore", "lock.toml").stdout
    made.must(made.toolpost, "plugins", "uninstall", "moon", "weather", "--yes")


@pytest.fixture(scope="module")
def plain(world: World) -> Place:
    return places.plain(world("venv"))


def test_a_lock_of_one_environment_restores_a_fresh_one_and_refuses_other_files(
    plain: Place, world: World, wheels: Path
):
    plain.must(plain.toolpost, "plugins", "install", "weather==1.0", "--yes")
    plain.must(plain.toolpost, "plugins", "freeze", "lock.toml")
    fresh = places.without_pip(world("fresh"))
    shutil.copy(plain.folder / "lock.toml", fresh.folder)
    done = fresh.plugins("restore", "lock.toml", "--yes")
    assert done.returncode == 0, done.stderr
    assert fresh.states()["weather"] == "available"

    fresh.must(fresh.toolpost, "plugins", "uninstall", "weather", "--yes")
    kept = (wheels / "weather-1.0-py3-none-any.whl").read_bytes()
    try:
        wheelhouse.plugin(wheels, "weather", requires=["toolpost"], more="# other bytes")
        shutil.rmtree(Path(fresh.environ["UV_CACHE_DIR"]))
        refused = fresh.plugins("restore", "lock.toml", "--yes")
    finally:
        (wheels / "weather-1.0-py3-none-any.whl").write_bytes(kept)
    assert refused.returncode == 1
    assert "what the index gives is not what was locked" in refused.stderr
    assert "weather" not in fresh.states()


def test_upgrading_toolpost_with_uv_keeps_its_plugins(world: World):
    place = places.uv_tool(world("upgraded"))
    place.must(place.toolpost, "plugins", "install", "moon", "--yes")
    place.must(place.toolpost, "plugins", "install", "weather", "--yes")
    place.must(UV, "tool", "upgrade", "--reinstall", "toolpost")
    assert {"moon", "weather"} <= place.states().keys()


def test_a_file_a_folder_and_an_editable_folder_are_installed(plain: Place, wheels: Path):
    done = plain.plugins("install", str(wheels / "moon-1.0-py3-none-any.whl"), "--yes")
    assert "plugin moon (moon 1.0)" in done.stdout
    entry = next(one for one in plain.recorded() if one["distribution"] == "moon")
    assert entry["source"] == (wheels / "moon-1.0-py3-none-any.whl").as_uri()
    plain.must(plain.toolpost, "plugins", "freeze", "lock.toml")
    locked = tomllib.loads((plain.folder / "lock.toml").read_text())["distributions"]
    moon = next(one for one in locked if one["name"] == "moon")
    assert moon["source"].startswith("moon @ file:///")
    assert len(moon["hashes"]) == 1
    plain.must(plain.toolpost, "plugins", "uninstall", "moon", "--yes")
    assert plain.plugins("restore", "lock.toml", "--yes").returncode == 0
    assert plain.states()["moon"] == "available"
    plain.must(plain.toolpost, "plugins", "uninstall", "moon", "--yes")


def test_settings_and_state_stay_unless_they_are_purged(plain: Place):
    store = SQLiteStore(plain.folder / "home/data/toolpost.sqlite3")

    async def keep() -> None:
        await store.set("moon", "phase", b"full")
        await store.set("other", "phase", b"none")
        await store.aclose()

    async def kept() -> list[bytes | None]:
        found = [await store.get(space, "phase") for space in ("moon", "other")]
        await store.aclose()
        return found

    plain.must(plain.toolpost, "plugins", "install", "moon", "--yes", "--enable")
    anyio.run(keep)
    said = plain.plugins("uninstall", "moon", "--yes").stderr
    assert "settings and state stay; --purge removes them, too" in said
    assert "[plugins.moon]" in (plain.folder / "config.toml").read_text()
    assert anyio.run(kept) == [b"full", b"none"]

    plain.must(plain.toolpost, "plugins", "install", "moon", "--yes", "--enable")
    done = plain.plugins("uninstall", "moon", "--yes", "--purge")
    assert (
        f"[plugins.moon] is out of {plain.folder / 'config.toml'}\n1 entry of moon went from the store" in done.stdout
    )
    assert "[plugins.moon]" not in (plain.folder / "config.toml").read_text()
    assert anyio.run(kept) == [None, b"none"]


def test_a_plugin_that_ends_the_process_when_imported_ends_no_command(plain: Place):
    plain.must(plain.toolpost, "plugins", "install", "quitter", "--yes", "--enable")
    listed = plain.run(plain.toolpost, "tools", "list")
    assert listed.returncode == 0
    assert (
        "'quitter' (quitter 1.0) is left out: PluginError: its import ends its process with status 3" in listed.stderr
    )
    for words in (["list"], ["show", "quitter"], ["freeze", "-"], ["upgrade", "--dry-run"], ["disable", "quitter"]):
        assert plain.plugins(*words).returncode == 0, words
    plain.must(plain.toolpost, "plugins", "enable", "quitter")
    plain.must(plain.toolpost, "config", "path")
    plain.must(plain.toolpost, "--safe-mode", "tools", "list")
    plain.must(plain.toolpost, "plugins", "uninstall", "quitter", "--yes")


def test_what_came_with_toolpost_or_is_needed_is_not_uninstalled(plain: Place):
    assert "`toolpost plugins disable` rests it" in plain.plugins("uninstall", "pii", "--yes").stderr
    plain.must(plain.toolpost, "plugins", "install", "weather", "--yes")
    assert "chatter is required by weather" in plain.plugins("uninstall", "chatter", "--yes").stderr
    plain.must(plain.toolpost, "plugins", "uninstall", "weather", "chatter", "--yes")


def test_a_distribution_without_plugins_says_so(plain: Place):
    assert "no new plugin came with it" in plain.plugins("install", "nothing", "--yes").stdout


def test_without_uv_and_pip_pip_is_brought_first(world: World):
    place = world("bare")
    place.must(sys.executable, "-m", "venv", "--without-pip", place.folder / "venv")
    place.must(UV, "pip", "install", "-q", "--python", place.folder / "venv/bin/python", "toolpost")
    place.toolpost = place.folder / "venv/bin/toolpost"
    done = place.plugins("install", "moon", "--yes")
    assert done.returncode == 0, done.stderr
    assert "-m ensurepip\n$ " in done.stderr
    assert place.states()["moon"] == "available"


def test_uvx_says_that_it_keeps_nothing(world: World):
    place = world("uvx")
    place.commands = [UV.parent]
    command = [UV, "tool", "run", "--python", sys.executable, "--from", "toolpost", "toolpost", "plugins", "install"]
    done = place.run(*command, "moon", "--yes")
    assert done.returncode == 2
    assert "uv tool install --with NAME toolpost" in done.stderr


def base_python(place: Place, site: Path) -> Path:
    """A Python that is no venv, with the library of the one that runs the tests, and folders of its own."""
    real, version = Path(sys.base_prefix), f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = place.folder / "base/lib" / version
    library.mkdir(parents=True)
    for path in (real / "lib" / version).iterdir():
        if path.name not in ("site-packages", "EXTERNALLY-MANAGED"):
            (library / path.name).symlink_to(path)
    (library / "site-packages").symlink_to(site)
    python = place.folder / "base/bin" / version
    python.parent.mkdir()
    shutil.copy(real / "bin" / version, python)
    for shared in (real / "lib").glob("libpython*"):
        (place.folder / "base/lib" / shared.name).symlink_to(shared)
    return python


def run_in_base(place: Place, python: Path, packages: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.append({str(packages)!r}); from toolpost.__main__ import main; main()"
    if place.run(python, "-c", "import click").returncode == 0 or place.run(python, "-c", "").returncode:
        pytest.skip("this Python cannot be moved")
    return place.run(python, "-c", code, "plugins", "install", "moon", "--yes")


def test_a_python_that_others_manage_is_left_alone(plain: Place, world: World, tmp_path: Path):
    place, packages = world("managed"), next(plain.folder.glob("venv/lib/*/site-packages"))
    python = base_python(place, tmp_path)
    (python.parents[1] / "lib" / python.name / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=no\n")
    done = run_in_base(place, python, packages)
    assert done.returncode == 2
    assert "EXTERNALLY-MANAGED, PEP 668" in done.stderr
    assert "`uv tool install toolpost`" in done.stderr
    assert "--break-system-packages" not in done.stderr


def test_a_folder_that_cannot_be_written_to_is_said_first(plain: Place, world: World):
    # Not even root can make a file there.
    unwritable = Path("/sys/kernel")
    if not unwritable.is_dir():
        pytest.skip("there is no such folder here")
    place, packages = world("unwritable"), next(plain.folder.glob("venv/lib/*/site-packages"))
    done = run_in_base(place, base_python(place, unwritable), packages)
    assert done.returncode == 2
    assert "cannot be written to" in done.stderr
