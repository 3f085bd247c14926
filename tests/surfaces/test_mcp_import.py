"""The SDK's packages are deferred: nothing is lost by it, and what is not needed is not imported."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Each module in a fork of its own, so that none finds what another imported.
IMPORT_EACH = """
import json, os, pkgutil, sys, warnings
from importlib.util import find_spec
from importlib import import_module
warnings.simplefilter("ignore")
place = os.path.dirname(find_spec("mcp").origin)
if sys.argv[1:] == ["deferred"]:
    import toolpost.server.mcp
names = sorted("mcp." + os.path.relpath(os.path.join(folder, file), place)[:-3].replace(os.sep, ".")
               for folder, _, files in os.walk(place) for file in files if file.endswith(".py"))
failed = []
for name in names:
    name = name.removesuffix(".__init__")
    if "__main__" in name:
        continue
    if not (child := os.fork()):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            module = import_module(name)
            for public in getattr(module, "__all__", []):
                getattr(module, public)
            parent, _, own = name.rpartition(".")
            assert not parent or getattr(import_module(parent), own) is not None
        except BaseException:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failed.append(name)
print(json.dumps([len(names), failed]))
"""


USE_EACH = """
import os, sys, traceback
import toolpost.server.mcp
for use in sys.argv[1:]:
    if not (child := os.fork()):
        try:
            exec(use)
        except BaseException:
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
"""
USES = [
    "from mcp import Client; Client",
    "import mcp; mcp.Client; mcp.server.Server; mcp.ClientSession",
    "import mcp.server; mcp.server.Server",
    "from mcp.server import Server, MCPServer",
    "from mcp import *; ClientSession",
    "from mcp import server; server.Server",
    "import mcp.client.stdio, mcp.types",
    "import mcp.client.session_group as group; assert group.mcp.ClientSessionGroup is group.ClientSessionGroup",
    "import mcp, mcp.client; from mcp.client import Client; assert Client is mcp.Client and mcp.client.session",
    "import sys, mcp.client; assert sys.modules['mcp.client'] is mcp.client and mcp.client.__spec__.origin",
]


def imports(name: str) -> bool:
    return subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True, check=False).returncode == 0


def run(code: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_every_module_of_the_sdk_imports_as_it_would_without_us():
    number, failed = json.loads(run(IMPORT_EACH, "deferred"))
    assert number > 50
    assert [name for name in failed if imports(name)] == []


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_the_sdk_is_used_as_ever_after_us():
    assert run(USE_EACH, *USES) == ""


def test_a_server_imports_only_what_it_needs():
    code = "import sys, json, toolpost.server.mcp; print(json.dumps(sorted(sys.modules)))"
    modules = set(json.loads(run(code)))
    heavy = {"mcp.client", "httpx2", "httpx", "openai", "PIL", "fastapi", "cryptography", "rich"}
    assert heavy & modules == set()
