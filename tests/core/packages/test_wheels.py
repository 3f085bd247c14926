"""How a manifest gets into a wheel, with each of the build backends that authors use."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from importlib_metadata import version
from places import UV

PROJECT = """
[build-system]
requires = [{requires!r}]
build-backend = "{backend}"
[project]
name = "weather-plugin"
version = "1.0"
[project.entry-points.toolpost]
weather = "weather_plugin:Weather"
"""
SETUPTOOLS = (
    '[tool.setuptools]\npackages = ["weather_plugin"]\n[tool.setuptools.package-data]\n"*" = ["toolpost.json"]\n'
)
SINGLE = '[tool.hatch.build.targets.wheel]\nonly-include = ["weather_plugin.py", "weather_plugin.toolpost.json"]\n'
PIP = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("backend", "more", "package"),
    [
        ("hatchling.build", "", "weather_plugin"),
        ("hatchling.build", SINGLE, ""),
        ("setuptools.build_meta", SETUPTOOLS, "weather_plugin"),
        ("uv_build", "", "src/weather_plugin"),
    ],
    ids=["hatchling", "hatchling-module", "setuptools", "uv_build"],
)
def test_the_manifest_is_in_the_wheel(tmp_path: Path, backend: str, more: str, package: str):
    requires = backend.partition(".")[0]
    if requires == "setuptools" and int(version("setuptools").partition(".")[0]) < 71:
        pytest.importorskip("wheel", reason="this setuptools makes wheels only with it")
    (tmp_path / "pyproject.toml").write_text(PROJECT.format(requires=requires, backend=backend) + more)
    folder = tmp_path / package
    folder.mkdir(parents=True, exist_ok=True)
    module, manifest = (
        ("__init__.py", "toolpost.json") if package else ("weather_plugin.py", "weather_plugin.toolpost.json")
    )
    (folder / module).write_text('"""Tells the weather."""\nclass Weather:\n    pass\n')
    done = subprocess.run(
        [sys.executable, "-m", "toolpost", "plugins", "manifest"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (folder / manifest).is_file()
    if backend == "uv_build":  # uv builds with what it has inside, if it may be any version
        command = [str(UV), "build", "--quiet", "--wheel", "--offline", "--out-dir", "out", "."]
    else:
        command = [*PIP, "--wheel-dir", "out", "."]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next((tmp_path / "out").glob("*.whl"))) as wheel:
        assert any(name.endswith("toolpost.json") for name in wheel.namelist())
