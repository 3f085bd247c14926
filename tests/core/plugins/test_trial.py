"""What a plugin does at its first start, it does in a process of its own, and to nobody else."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from toolpost import ConfigError, Folders, Host
from toolpost.config.load import load
from toolpost.plugins import patience, trying
from toolpost.plugins.assemble import assemble
from toolpost.plugins.proven import starting
from toolpost.plugins.stuck import Stuck

Install = Callable[..., None]

FINE = """
from dataclasses import dataclass
from toolpost import Tool, hookimpl

@dataclass
class Fine:
    size: int = 1

    @hookimpl
    def tools(self):
        return [Tool(self.hello)]

    async def hello(self) -> str:
        '''Say hello.'''
        return "hello"
"""
# Writes down which processes have imported it.
COUNTED = "import os, pathlib\nwith pathlib.Path('imports.txt').open('a') as f: f.write(f'{os.getpid()} ')\n" + FINE
DEAF = """
while True:
    try:
        while True:
            try:
                while True:
                    try:
                        time.sleep(1)
                    except BaseException: pass
            except BaseException: pass
    except BaseException: pass
"""
FATAL = {
    "exits": ("import os\nos._exit(0)", "its import ends its process with status 0"),
    "segfaults": ("import ctypes\nctypes.string_at(0)", "its import ends its process by SIGSEGV"),
    "copies itself": ("import os\nif not os.fork(): os._exit(0)", "its import makes a copy of its process"),
    "closes everything": ("import os\nos.closerange(3, 256)", "its import ends its process"),
    "ends all imports": ("import sys\nsys.meta_path.clear()", ""),
    "breaks json": ("import json\njson.dumps = json.loads = None", "nothing works any more"),
    "breaks isinstance": ("import builtins\nbuiltins.isinstance = lambda *a: True", ""),
    "leaves no stack": ("import sys\nsys.setrecursionlimit(60)", ""),
    "fails at every collection": ("import gc\ndef fail(*a): raise OSError\ngc.callbacks.append(fail)", "nothing works"),
}


def started(text: str) -> Host:
    Path("c.toml").write_text(text)
    return assemble(load(Path("c.toml"), {}))


def imports() -> list[str]:
    """The processes that imported the plugin, one after the other."""
    found = Path("imports.txt").read_text().split()
    Path("imports.txt").unlink()
    return found


def again(module: str) -> None:
    sys.modules.pop(module, None)


@pytest.mark.parametrize(("code", "why"), FATAL.values(), ids=FATAL)
def test_an_import_that_ends_or_breaks_its_process_is_left_out(install: Install, code: str, why: str):
    install("bad", f"{code}\n{FINE}", bad="bad:Fine")
    install("good", FINE, good="good:Fine")
    host = started("[plugins.bad]\n[plugins.good]")
    assert list(host.tools) == ["hello"]
    assert why in host.registry.broken["bad"]
    assert "bad" not in sys.modules


@pytest.mark.parametrize("place", ["import", "building", "hook"])
def test_what_swallows_every_end_is_left_out(install: Install, monkeypatch: pytest.MonkeyPatch, place: str):
    monkeypatch.setattr(trying, "LONGEST", 4.0)
    inside = "".join(f"        {line}\n" for line in DEAF.splitlines())
    cls = "from toolpost import hookimpl\nclass Bad:\n"
    source = {
        "import": DEAF,
        "building": f"{cls}    def __init__(self):\n{inside}",
        "hook": f"{cls}    @hookimpl\n    def tools(self):\n{inside}",
    }[place]
    install("bad", f"import time\n{source}", bad="bad:Bad")
    why = started("[plugins.trace]\n[plugins.bad]").registry.broken["bad"]
    assert "took longer than 4 s; it is not tried again until it changes" in why


def test_what_came_through_once_is_not_tried_again(install: Install):
    install("counted", COUNTED, fine="counted:Fine")
    started("[plugins.fine]")
    here = str(os.getpid())
    first = imports()
    assert len(first) == 2
    assert first[1] == here != first[0]
    again("counted")
    started("[plugins.fine]")
    assert imports() == [here]


def test_what_was_edited_is_tried_again(install: Install):
    install("counted", COUNTED, fine="counted:Fine")
    started("[plugins.fine]")
    imports()
    again("counted")
    file = Path(sys.path[0]) / "counted.py"
    os.utime(file, (1, 1))
    started("[plugins.fine]")
    assert len(imports()) == 2


def test_what_was_starting_when_a_process_ended_is_tried_again(install: Install, folders: Folders):
    install("counted", COUNTED, fine="counted:Fine")
    started("[plugins.fine]")
    imports()
    if not (child := os.fork()):
        with starting(folders, ["fine"]):
            os._exit(0)
    os.waitpid(child, 0)
    again("counted")
    started("[plugins.fine]")
    assert len(imports()) == 2
    assert list((folders.data / "starting").iterdir()) == []


def test_what_came_through_once_and_ends_its_process_now_is_tried_until_it_comes_through(
    install: Install, folders: Folders
):
    install("counted", COUNTED, fine="counted:Fine")
    started("[plugins.fine]")
    file = Path(sys.path[0]) / "counted.py"
    before = file.stat().st_mtime_ns
    file.write_text("import os\nos._exit(3)")
    os.utime(file, ns=(before, before))
    if not (child := os.fork()):
        with starting(folders, ["fine"]):
            os._exit(0)
    os.waitpid(child, 0)
    for _ in range(2):
        again("counted")
        assert "status 3" in started("[plugins.fine]").registry.broken["fine"]


def test_what_another_process_is_starting_now_is_not_doubted(install: Install, folders: Folders):
    install("counted", COUNTED, fine="counted:Fine")
    started("[plugins.fine]")
    imports()
    again("counted")
    with starting(folders, ["fine"]):
        started("[plugins.fine]")
    assert len(imports()) == 1


def test_an_exception_is_told_as_ever_and_where_it_was_raised(install: Install, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, "toolpost.plugins")
    install("bad", "\n\nraise ImportError('no such wind')", bad="bad:Bad")
    assert started("[plugins.bad]").registry.broken == {"bad": "ImportError: no such wind (bad.py:3)"}
    assert "bad.py:3 in <module>" in caplog.text


def test_a_wrong_setting_is_told_with_its_place(install: Install):
    install("fine", FINE, fine="fine:Fine")
    with pytest.raises(ConfigError, match=r"c\.toml:2: .*size"):
        started("[plugins.fine]\nsize = 'large'")


def test_an_object_that_fails_as_an_object_is_left_out_and_nobody_else(install: Install):
    odd = "    def __bool__(self): raise SystemExit('no')\n"
    install("odd", FINE + odd, odd="odd:Fine")
    install("fine", FINE, fine="fine:Fine")
    host = started("[plugins.odd]\n[plugins.fine]\n[plugins.status]")
    assert host.registry.broken == {
        "odd": "PluginError: its object cannot be handled as others are: SystemExit: no (odd.py:16)"
    }


def test_a_tool_that_fails_to_say_its_name_takes_its_plugin_with_it(install: Install):
    nameless = """
from toolpost import Tool, hookimpl

class Nameless(Tool):
    @property
    def name(self): raise SystemExit
    @name.setter
    def name(self, value): pass

class Bad:
    @hookimpl
    def tools(self): return [Nameless(self.hello)]
    async def hello(self) -> str:
        '''Say hello.'''
"""
    install("bad", nameless, bad="bad:Bad")
    assert started("[plugins.bad]\n[plugins.trace]").registry.broken == {"bad": "SystemExit (bad.py:6)"}


@pytest.mark.parametrize("answer", ["raise SystemExit(name)", "return lambda *a: None"])
def test_a_layer_of_which_nothing_can_be_asked_is_left_out_and_tools_stay(install: Install, answer: str):
    odd = f"""
from toolpost import hookimpl

class Layer:
    def __getattr__(self, name): {answer}
    async def __call__(self, call, call_next): return await call_next(call)

class Odd:
    @hookimpl
    def middleware(self): return Layer()
"""
    install("odd", odd, odd="odd:Odd")
    install("fine", FINE, fine="fine:Fine")
    host = started("[plugins.odd]\n[plugins.fine]")
    assert list(host.tools) == ["hello"]
    assert "its layer" in host.registry.broken["odd"]


def test_one_name_in_two_distributions_is_left_out_and_others_start(install: Install):
    install("one", FINE, twin="one:Fine")
    install("two", FINE, twin="two:Fine")
    install("fine", FINE, fine="fine:Fine")
    host = started("[plugins.twin]\n[plugins.fine]")
    assert list(host.tools) == ["hello"]
    assert "both call a plugin so; uninstall one of them" in host.registry.broken["twin"]


def test_metadata_that_is_no_text_hurts_nobody(install: Install):
    install("fine", FINE, fine="fine:Fine")
    (Path(sys.path[0]) / "fine-1.0.dist-info" / "METADATA").write_bytes(b"\xff\xfeName: x")
    assert list(started("[plugins.fine]").tools) == ["hello"]


SLEEPING = "import os, pathlib, time\nwith pathlib.Path('imports.txt').open('a') as f: f.write(f'{os.getpid()} ')\n"


@pytest.fixture
def hanging(install: Install, monkeypatch: pytest.MonkeyPatch) -> str:
    """A plugin whose import took too long, and what was said of it then."""
    monkeypatch.setattr(trying, "LONGEST", 0.5)
    install("late", f"{SLEEPING}time.sleep(3600)", late="late:Late")
    why = started("[plugins.trace]\n[plugins.late]").registry.broken["late"]
    assert len(imports()) == 1
    return why


def test_what_took_all_its_time_is_not_waited_for_again(hanging: str):
    assert started("[plugins.trace]\n[plugins.late]").registry.broken == {"late": hanging}
    assert "`toolpost plugins enable late`" in hanging
    assert not Path("imports.txt").exists()


def test_what_took_all_its_time_is_tried_again_once_it_was_edited(hanging: str):
    (Path(sys.path[0]) / "late.py").write_text(FINE.replace("class Fine", "class Late"))
    host = started("[plugins.trace]\n[plugins.late]")
    assert not host.registry.broken
    assert "hello" in host.tools


def test_what_took_all_its_time_is_tried_again_if_somebody_asks(hanging: str, folders: Folders):
    Stuck(folders).forget(["late"])
    assert "its import took longer" in started("[plugins.trace]\n[plugins.late]").registry.broken["late"]
    assert len(imports()) == 1


def test_an_import_that_took_all_its_time_here_is_not_waited_for_either(
    install: Install, monkeypatch: pytest.MonkeyPatch
):
    install("late", f"{SLEEPING}{FINE}", late="late:Fine")
    started("[plugins.late]")
    imports()
    again("late")
    file = Path(sys.path[0]) / "late.py"
    before = file.stat().st_mtime_ns
    file.write_text(f"{SLEEPING}time.sleep(3600)")
    os.utime(file, ns=(before, before))
    monkeypatch.setattr(patience, "LONGEST", 0.5)
    why = started("[plugins.trace]\n[plugins.late]").registry.broken["late"]
    assert why.startswith("PluginError: its import took longer than 0.5 s (late.py:3); it is not tried again")
    imports()
    assert started("[plugins.trace]\n[plugins.late]").registry.broken == {"late": why}
    assert not Path("imports.txt").exists()
