"""`toolpost plugins new` and `check`, as an author uses them, in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import uv

KINDS = ("tool", "layer", "both")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that begins with what is installed here, and to which more can be added."""
    venv = tmp_path_factory.mktemp("authors") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(venv), "platbase": str(venv)}))
    # Of a `.pth` beneath a folder on the path Python takes no notice, unless it is told of the folder like this.
    (site / "here.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    return venv / "bin"


def run(environment: Path, folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOOLPOST", "OPENAI_", "PYTHON"))}
    variables = {**kept, "HOME": str(folder), "TOOLPOST_HOME": str(folder / "home")}
    command = [environment / "python", "-m", *arguments]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


def toolpost(environment: Path, folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return run(environment, folder, "toolpost", *arguments)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_passes_its_own_tests_and_every_check(environment: Path, tmp_path: Path, kind: str):
    written = toolpost(environment, tmp_path, "plugins", "new", f"sample-{kind}", "--kind", kind, "--author", "Ann")
    assert written.returncode == 0, written.stderr
    folder = tmp_path / f"sample-{kind}"
    install = [uv.find_uv_bin(), "pip", "install", "-q", "--offline", "--no-deps", "--no-build-isolation"]
    python = ["--python", str(environment / "python")]
    subprocess.run([*install, *python, folder], check=True, capture_output=True)

    tested = run(environment, folder, "pytest", "-q", "-p", "no:cacheprovider")
    assert tested.returncode == 0, tested.stdout
    assert "failed" not in tested.stdout
    for what in (folder, f"toolpost-sample-{kind}", f"sample_{kind}"):
        checked = toolpost(environment, tmp_path, "plugins", "check", str(what))
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert checked.stdout == f"toolpost-sample-{kind} 0.1.0: all is well\n"
    enabled = toolpost(environment, tmp_path, "plugins", "enable", f"sample_{kind}")
    assert enabled.returncode == 0, enabled.stderr
    if kind == "tool":
        called = toolpost(environment, tmp_path, "call", "sample_tool_count", "to be or not to be", "most=1")
        assert json.loads(called.stdout) == {"to": 2}, called.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_clean(environment: Path, tmp_path: Path, kind: str):
    toolpost(environment, tmp_path, "plugins", "new", "sample", "--kind", kind)
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict", "toolpost_sample"]):
        done = run(environment, tmp_path / "sample", *command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "sample" / "toolpost_sample" / "py.typed").is_file()


def test_new_says_the_next_three_commands(environment: Path, tmp_path: Path):
    done = toolpost(environment, tmp_path, "plugins", "new", "my-dice")
    assert done.stdout == (
        "wrote toolpost-my-dice to my-dice; next:\n"
        "  toolpost plugins install --editable ./my-dice\n"
        "  toolpost plugins check ./my-dice\n"
        "  toolpost plugins enable my_dice\n"
    )
    files = sorted(str(path.relative_to(tmp_path / "my-dice")) for path in (tmp_path / "my-dice").rglob("*.*"))
    assert files == [
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "tests/test_contract.py",
        "tests/test_my_dice.py",
        "toolpost_my_dice/__init__.py",
        "toolpost_my_dice/py.typed",
    ]
    assert "Copyright (c)" in (tmp_path / "my-dice" / "LICENSE").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_new_says_how_to_require_a_layer(environment: Path, tmp_path: Path, kind: str):
    done = toolpost(environment, tmp_path, "plugins", "new", "guard", "--kind", kind)
    is_layer = kind != "tool"
    assert ("It has a layer: where it cannot be built, calls go on without it" in done.stdout) is is_layer
    assert ("[plugins.guard]\nrequired = true" in (tmp_path / "guard/README.md").read_text()) is is_layer


def test_new_tells_programs_what_it_wrote(environment: Path, tmp_path: Path):
    made = tmp_path / "made"
    done = toolpost(
        environment, tmp_path, "plugins", "new", "toolpost-dice", "--path", made, "--json", "--license", "none"
    )
    said = json.loads(done.stdout)
    assert (said["plugin"], said["distribution"]) == ("dice", "toolpost-dice")
    assert said["folder"] == str(made / "toolpost-dice")
    assert len(said["next"]) == 3
    assert not (made / "toolpost-dice" / "LICENSE").exists()
    assert "license" not in (made / "toolpost-dice" / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My Plugin", "cannot be the name of a plugin: a name is at most 40 small letters, digits"),
        ("My Plugin", "did you mean 'my-plugin'?"),
        ("7seas", "begins with a letter; choose another"),
        ("../dice", "did you mean 'dice'?"),
        ("toolpostal", "names that begin with 'toolpost' are toolpost's own"),
        ("http", "'http' is a table of the configuration"),
        ("cache", "toolpost-cache 0.1.0 has a plugin 'cache' already; choose another name"),
        ("x" * 41, "at most 40"),
    ],
)
def test_new_refuses_names_that_will_not_do(environment: Path, tmp_path: Path, name: str, words: str):
    done = toolpost(environment, tmp_path, "plugins", "new", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_new_overwrites_nothing(environment: Path, tmp_path: Path):
    (tmp_path / "dice").mkdir()
    (tmp_path / "dice" / "mine.txt").write_text("mine")
    done = toolpost(environment, tmp_path, "plugins", "new", "dice")
    assert (done.returncode, done.stdout) == (2, "")
    assert "dice is there already; choose another name, or another --path" in done.stderr
    assert [path.name for path in (tmp_path / "dice").iterdir()] == ["mine.txt"]


def test_new_says_when_it_cannot_write(environment: Path, tmp_path: Path):
    (tmp_path / "file").write_text("")
    done = toolpost(environment, tmp_path, "plugins", "new", "dice", "--path", "file")
    assert done.returncode == 2
    assert done.stderr == "toolpost: file/dice cannot be written: Not a directory; choose another --path\n"


FAULTY = '''
"""Rolls dice."""
from toolpost import Tool, hookimpl

print("loading")

class Dice:
    """Rolls dice."""
    def __init__(self, sides=6):
        self.sides = sides

    @hookimpl
    def tools(self):
        return [Tool(self.roll, destructive=True)]

    async def roll(self, count: int = 1) -> int:
        """Roll dice, as many as wanted."""
        raise KeyError(count)
'''


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    folder = tmp_path / "dice"
    folder.mkdir()
    (folder / "dice_plugin.py").write_text(FAULTY)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "x-dice"\nversion = "1"\ndependencies = ["toolpost"]\n'
        '[project.entry-points.toolpost]\ndice = "dice_plugin:Dice"\n'
    )
    return folder


def test_check_says_what_is_wrong_why_and_the_way_out(environment: Path, faulty: Path):
    done = toolpost(environment, faulty, "plugins", "check")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "error  import-output       import of dice_plugin: it prints 'loading'"
    assert lines[1].split("why")[1].strip().startswith("over stdio, what is printed stands")
    assert lines[2].strip() == "way out  log it, where it happens"
    assert lines[-1] == "x-dice 1: 2 errors, 4 notes"


def test_check_calls_what_may_change_something_only_if_it_is_told(environment: Path, faulty: Path):
    done = toolpost(environment, faulty, "plugins", "check", "--json")
    found = json.loads(done.stdout)
    assert {one["rule"] for one in found if one["level"] == "error"} == {"import-output", "parameter-words"}
    assert set(found[0]) == {"rule", "level", "about", "what", "why", "way_out"}
    allowed = toolpost(environment, faulty, "plugins", "check", ".", "--call", "roll", "--json")
    crashes = [one["what"] for one in json.loads(allowed.stdout) if one["rule"] == "call"]
    assert crashes[0].startswith("it crashes with the smallest arguments: KeyError in roll (dice_plugin.py:")


def test_check_does_without_rules_and_with_settings(environment: Path, faulty: Path):
    without = ["--without", "import-output", "--without", "parameter-words"]
    assert toolpost(environment, faulty, "plugins", "check", *without).returncode == 0
    wrong = toolpost(environment, faulty, "plugins", "check", "--without", "parameters")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "there is no rule 'parameters'; did you mean 'parameter-words'?" in wrong.stderr
    unknown = toolpost(environment, faulty, "plugins", "check", "--set", "sides=6")
    assert "unknown key 'sides'" in unknown.stdout
    assert toolpost(environment, faulty, "plugins", "check", "--set", "sides").returncode == 2


def test_check_of_nothing_says_what_there_may_be(environment: Path, tmp_path: Path):
    done = toolpost(environment, tmp_path, "plugins", "check", "no-such-thing")
    assert (done.returncode, done.stdout) == (2, "")
    assert "neither a distribution 'no-such-thing' with plugins nor a folder with a pyproject.toml" in done.stderr
