"""`./run` on checkouts of its own, with a `uv` and a Python that only write down what they are asked for."""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from pytest_httpserver import HTTPServer

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for uv and Python are scripts with a #! line")

# Makes an environment that consists of a Python.
UV = """\
root = Path(arguments[arguments.index("--project") + 1])
(root / ".venv/bin").mkdir(parents=True, exist_ok=True)
python = root / ".venv/bin/python"
python.unlink(missing_ok=True)
python.symlink_to(sys.executable)
"""

# Makes an environment whose Python it is itself.
PYTHON = """\
if arguments[:2] == ["-m", "venv"]:
    python = Path(arguments[-1]) / "bin/python"
    python.parent.mkdir(parents=True)
    shutil.copy(__file__, python)
for word in os.environ.get("LACKS", "").split():
    if word in arguments:
        sys.exit(f"No module named {word}")
"""

# Runs the script as a Python of another name or version would.
AS_IF = "import sys, runpy; {}; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"


class Place:
    """A small checkout, and a folder that is the whole PATH."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "a checkout"
        self.commands = folder / "commands"
        self.log = folder / "log"
        self.commands.mkdir(parents=True)
        (self.checkout / "plugins" / "echo").mkdir(parents=True)
        shutil.copy(ROOT / "run", self.checkout / "run")
        shutil.copytree(ROOT / "environment", self.checkout / "environment")
        (self.checkout / "pyproject.toml").write_text("[project]\nname = 'toolpost'\n")
        (self.checkout / "plugins/echo/pyproject.toml").write_text("[project]\nname = 'toolpost-echo'\n")
        (self.checkout / "uv.lock").write_text(
            "[[package]]\nname = 'anyio'\nversion = '4.10.0'\nsource = { registry = 'https://pypi.org/simple' }\n"
        )

    def command(self, name: str, body: str) -> Path:
        """Put a command on PATH that writes its arguments into the log, then runs `body`."""
        opening = (
            f"#!{sys.executable}\nimport os, shutil, signal, sys\nfrom pathlib import Path\narguments = sys.argv[1:]\n"
        )
        note = (
            f"with open({str(self.log)!r}, 'a') as log:\n    log.write({name!r} + ' ' + ' '.join(arguments) + '\\n')\n"
        )
        path = self.commands / name
        path.write_text(opening + note + body)
        path.chmod(0o755)
        return path

    def asked(self, name: str) -> list[str]:
        """What a stand-in was asked for, call by call."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]

    def start(
        self, *command: str, as_if: str = "pass", cwd: Path | None = None, **environ: str
    ) -> subprocess.Popen[str]:
        """Start `./run command`."""
        return subprocess.Popen(
            [sys.executable, "-c", AS_IF.format(as_if), str(self.checkout / "run"), *command],
            cwd=cwd,
            env={"PATH": str(self.commands), "HOME": str(self.commands), **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *command: str, stdin: str = "", as_if: str = "pass", cwd: Path | None = None, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """`./run command`, to its end."""
        process = self.start(*command, as_if=as_if, cwd=cwd, **environ)
        out, err = process.communicate(stdin)
        return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def uv(place: Place) -> Path:
    return place.command("uv", UV)


@pytest.fixture
def python(place: Place) -> str:
    """A stand-in for the Python that runs `./run`, to be given `as_if`."""
    return f"sys.executable = {str(place.command('python3', PYTHON))!r}"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT))
    importlib.import_module("environment.pip")
    return importlib.import_module("environment")


# Starting


def test_set_up_is_told_on_stderr_and_stdout_is_the_commands(place: Place, uv: Path) -> None:
    done = place.run("python", "-c", "print('hello')")
    assert done.stdout == "hello\n"
    assert done.stderr.splitlines() == ["run: installing with uv", "run: compiling to bytecode", "run: ready"]


def test_the_second_time_it_starts_at_once(place: Place, uv: Path) -> None:
    place.run("python", "-c", "")
    assert place.run("python", "-c", "").stderr == ""
    assert len(place.asked("uv")) == 1


def test_the_exit_code_is_the_commands(place: Place, uv: Path) -> None:
    assert place.run("python", "-c", "raise SystemExit(7)").returncode == 7


def test_the_command_gets_all_of_stdin_and_its_working_directory(place: Place, uv: Path, tmp_path: Path) -> None:
    script = "import os, sys; print(os.getcwd(), sys.stdin.read())"
    assert place.run("python", "-c", script, stdin="question", cwd=tmp_path).stdout == f"{tmp_path} question\n"


def test_the_environments_commands_stand_first_on_the_path(place: Place, uv: Path) -> None:
    place.command("python", "")
    out = place.run("python", "-c", "import os; print(os.environ['PATH'], os.environ['VIRTUAL_ENV'])").stdout
    venv = place.checkout / ".venv"
    assert out == f"{venv / 'bin'}:{place.commands} {venv}\n"


def test_an_unknown_command_is_one_sentence(place: Place, uv: Path) -> None:
    place.run("python", "-c", "")
    done = place.run("pyton")
    assert (done.returncode, done.stderr) == (
        127,
        "run: there is no command 'pyton', neither in .venv nor on PATH\n",
    )


def test_no_arguments_show_the_usage_and_make_nothing(place: Place, uv: Path) -> None:
    done = place.run()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ./run COMMAND")
    assert place.run("--help").stdout == done.stderr
    assert not place.asked("uv")


# What makes an environment stale


@pytest.mark.parametrize("path", ["uv.lock", "pyproject.toml", "plugins/echo/pyproject.toml"])
def test_a_changed_declaration_updates_the_environment(place: Place, uv: Path, path: str) -> None:
    place.run("python", "-c", "")
    kept = place.checkout / ".venv/kept"
    kept.touch()
    with (place.checkout / path).open("a") as file:
        file.write("# changed\n")
    assert place.run("python", "-c", "").stderr.endswith("run: ready\n")
    assert len(place.asked("uv")) == 2
    assert kept.exists()


def test_a_plugin_that_is_gone_leaves_nothing_behind(place: Place, uv: Path) -> None:
    place.run("python", "-c", "")
    (place.checkout / ".venv/old").touch()
    shutil.rmtree(place.checkout / "plugins/echo")
    assert place.run("python", "-c", "").returncode == 0
    assert not (place.checkout / ".venv/old").exists()


def test_a_moved_checkout_gets_a_new_environment(place: Place, uv: Path) -> None:
    place.run("python", "-c", "")
    (place.checkout / ".venv/old").touch()
    place.checkout = place.checkout.rename(place.checkout.with_name("moved"))
    assert place.run("python", "-c", "").returncode == 0
    assert not (place.checkout / ".venv/old").exists()


def test_another_python_behind_the_environment_makes_it_anew(place: Place, uv: Path, tmp_path: Path) -> None:
    place.run("python", "-c", "")
    (place.checkout / ".venv/old").touch()
    other = tmp_path / "python3.99"
    other.symlink_to("/nowhere")
    python = place.checkout / ".venv/bin/python"
    python.unlink()
    python.symlink_to(other)
    assert place.run("python", "-c", "").returncode == 0
    assert not (place.checkout / ".venv/old").exists()


def test_an_interrupted_set_up_is_begun_again(place: Place) -> None:
    place.command("uv", UV + "(root / '.venv/half').touch()\nos.kill(os.getppid(), signal.SIGKILL)\n")
    assert place.run("python", "-c", "").returncode == -signal.SIGKILL
    place.command("uv", UV)
    assert place.run("python", "-c", "print('whole')").stdout == "whole\n"
    assert not (place.checkout / ".venv/half").exists()


def test_two_at_once_make_one_environment(place: Place, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    place.command("uv", UV + f"open({str(gate)!r}).read()\n")
    first = place.start("python", "-c", "print('first')")
    assert first.stderr
    first.stderr.readline()
    second = place.start("python", "-c", "print('second')")
    assert second.stderr
    assert second.stderr.readline() == "run: waiting for another ./run to make the environment\n"
    gate.write_text("")
    assert first.communicate()[0] + second.communicate()[0] == "first\nsecond\n"
    assert len(place.asked("uv")) == 1


# Installing


def test_uv_installs_what_is_locked_on_the_python_that_runs(place: Place, uv: Path) -> None:
    place.run("python", "-c", "")
    sync = "sync --frozen --all-packages --inexact --compile-bytecode"
    sync += f" --project {place.checkout} --python {sys.executable}"
    assert place.asked("uv") == [sync]


def test_where_uv_fails_its_words_are_shown_and_pip_tries(place: Place, python: str) -> None:
    place.command("uv", "sys.exit('no route to the index')\n")
    done = place.run("python", as_if=python)
    assert done.returncode == 0
    assert "no route to the index\nrun: installing with uv failed; trying pip\n" in done.stderr


def test_pip_installs_all_projects_and_what_is_locked(place: Place, python: str) -> None:
    done = place.run("python", as_if=python)
    venv = place.checkout / ".venv"
    assert done.stderr.splitlines() == [
        "run: making .venv",
        "run: bringing pip and the build backend",
        "run: installing toolpost and its plugins",
        "run: installing what they need, which takes a minute or two",
        "run: compiling to bytecode",
        "run: ready",
    ]
    making, _, backend, projects, rest, compiling, _ = place.asked("python3")
    pip = f"-I -m pip install --no-compile --constraint {venv}/constraints.txt"
    assert making == f"-m venv --without-pip {venv}"
    assert backend == f"{pip} --upgrade pip>=25.1 hatchling editables"
    editable = f"--editable {place.checkout} --editable {place.checkout}/plugins/echo"
    assert projects == f"{pip} --no-deps --no-build-isolation {editable}"
    assert rest == f"{pip} toolpost toolpost-echo --group {place.checkout}/pyproject.toml:dev"
    assert compiling.startswith("-I -m compileall")
    assert (venv / "constraints.txt").read_text() == "anyio==4.10.0"


def test_without_ensurepip_the_machines_pip_brings_one(place: Place, python: str) -> None:
    assert place.run("python", as_if=python, LACKS="--version ensurepip").returncode == 0
    assert place.asked("python3")[3] == f"-m pip --python {place.checkout}/.venv/bin/python install pip>=25.1"


def test_a_pip_that_is_not_the_published_one_is_not_run(place: Place, python: str, httpserver: HTTPServer) -> None:
    wheel = "pip-26.3-py3-none-any.whl"
    httpserver.expect_request("/pip/").respond_with_data(f'<a href="../{wheel}#sha256=0">{wheel}</a>')
    httpserver.expect_request(f"/{wheel}").respond_with_data(b"something else")
    done = place.run("python", as_if=python, LACKS="--version ensurepip --python", PIP_INDEX_URL=httpserver.url_for(""))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"run: cannot fetch {wheel} ({httpserver.url_for('')}{wheel} is not the file that was published); "
        "install uv, or pip for this Python"
    )


def test_a_pip_is_fetched_from_the_index(environment: ModuleType, tmp_path: Path, httpserver: HTTPServer) -> None:
    wheel = "pip-1-py3-none-any.whl"
    httpserver.expect_request("/simple/pip/").respond_with_data(f'<a href="/files/{wheel}?a=1&amp;b=2#sha256=0">')
    httpserver.expect_request(f"/files/{wheel}", query_string="a=1&b=2").respond_with_data(b"wheel")
    fetched = environment.fetch.fetch(
        httpserver.url_for("/simple"), tmp_path, wheel, hashlib.sha256(b"wheel").hexdigest()
    )
    assert fetched.read_bytes() == b"wheel"


def test_several_versions_of_one_package_keep_their_markers(environment: ModuleType) -> None:
    lock = """
        [[package]]
        name = "toolpost"
        version = "0.1.0"
        source = { editable = "." }
        [[package]]
        name = "numpy"
        version = "2.2"
        source = { registry = "https://pypi.org/simple" }
        resolution-markers = ["python_full_version < '3.12'", "sys_platform == 'win32'"]
    """
    assert environment.pip.locked(lock) == "numpy==2.2 ; (python_full_version < '3.12') or (sys_platform == 'win32')"


# Which Python


def test_an_old_python_without_another_is_told_what_to_install(place: Place) -> None:
    done = place.run("python", as_if="sys.version_info = (3, 9, 0)")
    assert (done.returncode, done.stderr) == (
        1,
        "run: this is Python 3.9; install 3.11 or newer, or uv, which brings its own\n",
    )


@pytest.mark.parametrize("version", ["(3, 9, 0)", "(3, 99, 0)"])
def test_a_python_without_wheels_hands_over_to_one_on_the_path(place: Place, version: str) -> None:
    place.command("python3.13", "sys.exit('pyenv: python3.13: command not found')\n")
    place.command("python3.12", "")
    done = place.run("python", "-c", "print(1)", as_if=f"sys.version_info = {version}")
    assert done.returncode == 0
    assert place.asked("python3.12")[-1] == f"{place.checkout}/run python -c print(1)"


def test_uv_finds_a_python_where_this_one_is_too_old(place: Place, uv: Path) -> None:
    place.run("python", "-c", "", as_if="sys.version_info = (3, 9, 0)")
    assert place.asked("uv")[0].endswith("--python >=3.11,<3.15")


def test_the_lock_names_no_index_but_pypi() -> None:
    packages = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    files = [file["url"] for package in packages for file in [package.get("sdist"), *package.get("wheels", [])] if file]
    assert {package["source"].get("registry", "https://pypi.org/simple") for package in packages} == {
        "https://pypi.org/simple"
    }
    assert all(url.startswith("https://files.pythonhosted.org/packages/") for url in files)
