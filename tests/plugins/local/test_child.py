"""The child process, with a small script in its place; `test_model.py` has the real one."""

import sys
from pathlib import Path

import pytest

from toolpost import Folders, Unavailable
from toolpost_local import Local
from toolpost_local.child import Child
from toolpost_local.endpoint import silent
from toolpost_local.serve import _missing


@pytest.fixture
def child(tmp_path: Path):
    model = tmp_path / "m.gguf"
    model.touch()

    def made(script: str, **settings: float) -> Child:
        serve = tmp_path / "serve.py"
        serve.write_text(script)
        return Child(Local(Folders(tmp_path), model=str(model), **settings), serve)

    return made


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
async def test_processor_without_avx2_is_named(child):
    with pytest.raises(Unavailable, match="this processor lacks AVX2"):
        await child("import os, signal; os.kill(os.getpid(), signal.SIGILL)").connect(silent)


async def test_missing_libgomp_is_named(child):
    error = _missing("libgomp.so.1: cannot open shared object file")
    with pytest.raises(Unavailable, match="libgomp is missing; install it"):
        await child(f"import json; print(json.dumps({{'error': {error!r}}}))").connect(silent)


async def test_crash_at_start_is_unavailable(child):
    with pytest.raises(Unavailable, match="its process ended with 3; set OPENAI_API_KEY"):
        await child("raise SystemExit(3)").connect(silent)


async def test_start_that_takes_too_long_is_unavailable(child):
    with pytest.raises(Unavailable, match=r"not ready after 0\.01 s; raise \[plugins.local\] start_timeout"):
        await child("input(); input()", start_timeout=0.01).connect(silent)


async def test_environment_of_the_host_stays_with_the_host(child, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    made = child("import json, os; print(json.dumps({'url': ' '.join(os.environ)})); input(); input()")
    names = (await made.connect(silent)).base_url
    await made.aclose()
    assert "OMP_WAIT_POLICY" in names
    assert "OPENAI_API_KEY" not in names
