"""The examples, installed as a third party's plugins are: beside toolpost, which does not know of them."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/pyproject.toml"))
NAMES = [path.name for path in EXAMPLES]
PUBLIC = {"toolpost", "toolpost.testing"}
# What comes with toolpost and stands in its contract: types of fields, and the event loops.
GIVEN = {"pydantic", "anyio"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module


def declared(example: Path) -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((example / "pyproject.toml").read_text("utf-8"))["project"]
    return found


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of all examples, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("site")
    for example in EXAMPLES:
        wheels = tmp_path_factory.mktemp("wheel")
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", wheels]
        subprocess.run(build, cwd=example, check=True, capture_output=True)
        zipfile.ZipFile(next(wheels.glob("*.whl"))).extractall(folder)
    return folder


@pytest.fixture
def environ(installed: Path, tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(installed), "TOOLPOST_HOME": str(tmp_path / "home")}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    tables = ["trace", "validation", "timeout", *NAMES]
    path.write_text("".join(f"[plugins.{name}]\n" for name in tables))
    return path


def run(environ: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "toolpost", *words]
    return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout


def test_there_are_three():
    assert NAMES == ["approval", "library", "units"]


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_an_example_stands_on_what_is_public(example: Path):
    own = {path.stem for path in example.glob("toolpost_*")}
    needs = {re.split(r"[^\w.-]", str(one))[0] for one in declared(example)["dependencies"]}  # type: ignore[attr-defined]
    for path in [*example.glob("toolpost_*.py"), *example.glob("toolpost_*/**/*.py")]:
        for module in imported(path):
            top = module.partition(".")[0]
            assert top in own | needs | GIVEN | set(sys.stdlib_module_names), f"{path.name} imports {module}"
            assert top != "toolpost" or module == "toolpost", f"{path.name} imports {module}"


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_the_tests_of_an_example_stand_on_what_is_public(example: Path):
    found = {module for path in example.glob("tests/*.py") for module in imported(path)}
    assert {module for module in found if module.partition(".")[0] == "toolpost"} <= PUBLIC


def test_nothing_of_toolpost_knows_of_an_example():
    modules = {path.stem for example in EXAMPLES for path in example.glob("toolpost_*")}
    for path in [*ROOT.glob("core/**/*.py"), *ROOT.glob("plugins/**/*.py")]:
        assert not modules & {module.partition(".")[0] for module in imported(path)}, path
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert not any(str(declared(example)["name"]) in json.dumps(whole) for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
@pytest.mark.slow
def test_the_tests_of_an_example_pass_where_it_is_installed(example: Path, environ: dict[str, str], tmp_path: Path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-c", str(example / "pyproject.toml"), "--rootdir", str(example), str(example / "tests")]
    done = subprocess.run(command, env=environ, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


def test_they_are_found_and_rest_until_they_are_enabled(environ: dict[str, str]):
    lines = run(environ, "plugins", "list").splitlines()
    for name in NAMES:
        assert re.search(rf"^{name}\s+available\s", "\n".join(lines), re.MULTILINE), lines


def test_enabled_they_serve_over_stdio(environ: dict[str, str], config: Path):
    tools = run(environ, "--config", str(config), "tools", "list")
    assert {"convert_units", "add_book", "find_passages", "count_words"} <= set(tools.split())
    answer = run(environ, "--config", str(config), "call", "convert_units", "amount=1", "unit=mi", "to=km")
    assert answer.strip() == "1.609344"


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_a_client_reads_a_book_that_it_added(environ: dict[str, str], config: Path, era: str):
    command = ["-m", "toolpost", "--config", str(config), "serve"]
    server = StdioServerParameters(command=sys.executable, args=command, env=environ)
    async with Client(stdio_client(server), mode=era) as client:
        assert not (await client.call_tool("add_book", {"title": "Emma", "text": "Once."})).is_error
        assert (await client.read_resource("library://emma")).contents[0].text == "Once."  # type: ignore[union-attr]
        seen: list[str | None] = []

        async def progress(done: float, total: float | None, message: str | None) -> None:
            seen.append(message)

        result = await client.call_tool("count_words", {}, progress_callback=progress)
        assert result.structured_content == {"once": 1}
        assert seen == ["Emma", "done"]
