"""Wheels made by hand, and an index of them on loopback: what installers need, without a network."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from importlib_metadata import distribution
from packaging.requirements import Requirement
from packaging.tags import sys_tags
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

ROOT = Path(__file__).parents[3]
PLUGIN = '''"""{summary}"""
from toolpost import Tool, hookimpl
{more}

class Plugin:
    """{summary}"""

    @hookimpl
    def tools(self):
        return [Tool(self.{name}, read_only=True)]

    async def {name}(self) -> str:
        """Say {name}."""
        return "{name} {version}"
'''


def wheel(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str | bytes],
    requires: Iterable[str] = (),
    plugins: Mapping[str, str] | None = None,
) -> Path:
    """A wheel of pure Python."""
    lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: About {name}."]
    lines += [f"Requires-Dist: {line}" for line in requires]
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    inside: dict[str, str | bytes] = {**files, f"{info}/METADATA": "\n".join([*lines, "", ""])}
    inside[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if plugins:
        points = [f"{plugin} = {value}" for plugin, value in plugins.items()]
        inside[f"{info}/entry_points.txt"] = "\n".join(["[toolpost]", *points, ""])
    return _zip(folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl", info, inside)


def plugin(folder: Path, name: str, version: str = "1.0", *, more: str = "", **given: object) -> Path:
    """A wheel with one plugin and one tool, both called as it is; `files` and `requires` as in `wheel`."""
    source = PLUGIN.format(name=name, version=version, summary=f"Says {name}.", more=more)
    files = {f"{name}.py": source, **given.pop("files", {})}  # type: ignore[dict-item]
    return wheel(folder, name, version, files, plugins={name: f"{name}:Plugin"}, **given)  # type: ignore[arg-type]


def of_toolpost(folder: Path) -> None:
    """The wheel of toolpost itself, as it would be published, and wheels of all that it requires as installed here."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("toolpost-*.whl"))) as built:
        metadata = next(name for name in built.namelist() if name.endswith(".dist-info/METADATA"))
        head = built.read(metadata).decode().partition("\n\n")[0]
    required = [line.partition(": ")[2] for line in head.splitlines() if line.startswith("Requires-Dist: ")]
    waiting = _wanted(required, "")
    seen: set[tuple[str, str]] = set()
    while waiting:
        name, extra = one = waiting.pop()
        if one not in seen:
            seen.add(one)
            dist = distribution(name)
            waiting |= _wanted(dist.requires or (), extra)
            _repack(folder, dist)


def _wanted(lines: Iterable[str], extra: str) -> set[tuple[str, str]]:
    asked = [one for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate({"extra": extra})]
    return {(one.name, extra) for one in asked for extra in ("", *one.extras)}


def serve(server: HTTPServer, folder: Path) -> str:
    """The address of a simple index (PEP 503) of a folder of wheels, hashes included; what is added later is there."""

    def answer(request: Request) -> Response:
        asked = request.path.removeprefix("/simple/").strip("/")
        if asked.endswith(".whl"):
            return Response((folder / asked).read_bytes(), mimetype="application/octet-stream")
        wheels = [path for path in folder.glob("*.whl") if path.name.split("-")[0].replace("_", "-").lower() == asked]
        links = [f'<a href="/simple/{one.name}#sha256={_sha256(one).hex()}">{one.name}</a>' for one in wheels]
        status = 200 if links else 404
        return Response(f"<!DOCTYPE html><html><body>{' '.join(links)}</body></html>", status, mimetype="text/html")

    server.expect_request(re.compile("/simple/.*")).respond_with_handler(answer)
    return server.url_for("/simple/")


def _repack(folder: Path, dist: object) -> None:
    inside: dict[str, str | bytes] = {}
    for file in dist.files or ():  # type: ignore[attr-defined]
        path = Path(str(file.locate()))
        if ".." not in file.parts and "__pycache__" not in file.parts and path.is_file():
            inside[str(file)] = path.read_bytes()
    info = next(name.split("/")[0] for name in inside if name.endswith(".dist-info/METADATA"))
    inside = {
        name: content for name, content in inside.items() if name.split("/")[-1] not in ("RECORD", "direct_url.json")
    }
    lines = bytes(inside[f"{info}/WHEEL"]).decode().splitlines()
    anywhere = any(line.startswith("Tag: ") and line.endswith("-none-any") for line in lines)
    tag = "py3-none-any" if anywhere else str(next(sys_tags()))
    inside[f"{info}/WHEEL"] = "\n".join([*(line for line in lines if not line.startswith("Tag:")), f"Tag: {tag}", ""])
    _zip(folder / f"{info.removesuffix('.dist-info')}-{tag}.whl", info, inside)


def _zip(path: Path, info: str, inside: Mapping[str, str | bytes]) -> Path:
    record = []
    with zipfile.ZipFile(path, "w") as file:
        for name, content in inside.items():
            raw = content.encode() if isinstance(content, str) else content
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), raw)
            digest = base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(raw)}")
        file.writestr(
            zipfile.ZipInfo(f"{info}/RECORD", (2026, 1, 1, 0, 0, 0)), "\n".join([*record, f"{info}/RECORD,,", ""])
        )
    return path


def _sha256(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
