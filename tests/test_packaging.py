"""Every distribution, built as for the index and tried where only the built ones are."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
import uv

ASKED_FOR = {"toolpost-names", "toolpost-llm-tools"}
ROOT = Path(__file__).parents[1]
PROJECTS = [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


@dataclass(frozen=True)
class Built:
    """What a project is built into: the wheel by way of the sdist, and straight from the tree."""

    sdist: Path
    wheel: Path
    direct: Path


def declared(project: Path) -> dict[str, object]:
    return tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["project"]


def build(project: Path, folder: Path) -> Built:
    python = [sys.executable, "-m"]
    subprocess.run([*python, "build", "--no-isolation", "--outdir", folder, project], check=True, capture_output=True)
    direct = folder / "direct"
    subprocess.run(
        [*python, "hatchling", "build", "-t", "wheel", "-d", direct], cwd=project, check=True, capture_output=True
    )
    return Built(next(folder.glob("*.tar.gz")), next(folder.glob("*.whl")), next(direct.glob("*.whl")))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Built]:
    folders = [tmp_path_factory.mktemp("dist") for _ in PROJECTS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(PROJECTS, pool.map(build, PROJECTS, folders), strict=True))


@pytest.fixture(scope="module")
def clean(built: dict[Path, Built], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of the built wheels, and links to what they depend on, so that no network is needed."""
    venv = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(venv), "platbase": str(venv)}))
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "toolpost" not in path.name and path.suffix != ".pth":
            (site / path.name).symlink_to(path)
    wheels = [each.wheel for each in built.values()]
    install = [uv.find_uv_bin(), "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python]
    subprocess.run([*install, *wheels], check=True)
    return python.parent


def run(clean: Path, folder: Path, *arguments: str) -> str:
    """What `toolpost` says in the clean environment, to a person with an empty home."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TOOLPOST", "XDG", "PYTHON"))}
    command = [clean / "toolpost", *arguments]
    environ.update(HOME=str(folder), USERPROFILE=str(folder))
    return subprocess.run(command, env=environ, cwd=folder, check=True, text=True, stdout=subprocess.PIPE).stdout


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_the_wheel_holds_the_package_and_nothing_else(built: dict[Path, Built], project: Path) -> None:
    name = str(declared(project)["name"]).replace("-", "_")
    version = declared(project)["version"]
    names = zipfile.ZipFile(built[project].wheel).namelist()
    assert {path.split("/")[0] for path in names} == {name, f"{name}-{version}.dist-info"}
    assert {f"{name}/py.typed", f"{name}-{version}.dist-info/licenses/LICENSE"} <= set(names)
    assert not [path for path in names if path.endswith(".pyc")]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_the_wheel_is_the_same_from_the_sdist_as_from_the_tree(built: dict[Path, Built], project: Path) -> None:
    wheels = (zipfile.ZipFile(path) for path in (built[project].wheel, built[project].direct))
    from_sdist, from_tree = ({name: wheel.read(name) for name in wheel.namelist()} for wheel in wheels)
    assert from_sdist == from_tree


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_the_sdist_holds_no_tests_and_the_licence(built: dict[Path, Built], project: Path) -> None:
    with tarfile.open(built[project].sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml"} <= names
    assert not [name for name in names if name.startswith("tests")]


def test_the_shipped_configuration_is_the_one_of_the_checkout(built: dict[Path, Built]) -> None:
    shipped = zipfile.ZipFile(built[ROOT].wheel).read("toolpost/config.toml")
    assert shipped == (ROOT / "config.toml").read_bytes()


def test_installed_it_tells_its_version(clean: Path, tmp_path: Path) -> None:
    assert run(clean, tmp_path, "--version") == f"toolpost {declared(ROOT)['version']}\n"


def test_installed_it_finds_the_shipped_configuration(clean: Path, tmp_path: Path) -> None:
    path = Path(run(clean, tmp_path, "config", "path").strip())
    assert path.parts[-3:] == ("site-packages", "toolpost", "config.toml")
    assert path.is_relative_to(clean.parent)


def test_installed_it_lists_the_plugins_of_every_wheel(clean: Path, tmp_path: Path) -> None:
    listed = {line.split()[0] for line in run(clean, tmp_path, "plugins", "list").splitlines()[1:]}
    assert listed == {name for project in PROJECTS for name in declared(project)["entry-points"]["toolpost"]}


@pytest.mark.parametrize("project", PROJECTS[1:], ids=lambda project: project.name)
def test_every_plugin_is_in_the_bundle_and_the_workspace(project: Path) -> None:
    name = declared(project)["name"]
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    # Those that bring much of somebody else's are for who asks for them.
    assert (name in whole["project"]["optional-dependencies"]["bundle"]) is (name not in ASKED_FOR)
    assert whole["tool"]["uv"]["sources"][name] == {"workspace": True}
    assert (project / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_lock_is_up_to_date() -> None:
    check = subprocess.run(
        [uv.find_uv_bin(), "lock", "--check", "--offline"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert check.returncode == 0, f"`./run uv lock` mends it: {check.stderr}"
