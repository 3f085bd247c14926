"""The page: one file that loads nothing, sets every foreign text as text, and speaks the protocol of MCP Apps."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mcp
import pytest

from toolpost import Client, Context, Host
from toolpost.middleware.pii import PII
from toolpost.server import wire
from toolpost.server.mcp import mcp_server
from toolpost_gallery import Gallery
from toolpost_gallery.app import TYPE, URI, page

from .conftest import Painter, picture

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--virtual-time-budget=10000",
    "--dump-dom",
]
HOSTILE = "<img src=x onerror=\"document.title='PWNED'\"><script>document.title='PWNED'</script>"
# A client in one window: it hands the page a result, and says what it saw of it.
CLIENT = """<!doctype html><meta charset="utf-8">
<iframe id="frame" width="600" height="600"></iframe><pre id="seen"></pre>
<script>
const frame = document.getElementById("frame"), methods = [], result = RESULT;
const send = (message) => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
addEventListener("message", ({ data }) => {
  methods.push(data.method);
  if (data.method === "ui/initialize")
    send({ id: data.id, result: { hostCapabilities: { serverTools: {} }, hostContext: { theme: "dark" } } });
  if (data.method === "ui/notifications/initialized") send({ method: "ui/notifications/tool-result", params: result });
  const shown = frame.contentDocument;
  document.getElementById("seen").textContent = JSON.stringify({
    methods, title: shown.title, theme: shown.documentElement.dataset.theme,
    prompts: [...shown.querySelectorAll(".prompt")].map((item) => item.textContent),
    pictures: [...shown.querySelectorAll("li img")].map((item) => [item.src.slice(0, 22), item.naturalWidth]),
    foreign: shown.querySelectorAll("li script, li img[onerror]").length,
  });
});
frame.srcdoc = PAGE;
</script>"""


def test_the_page_loads_nothing():
    assert "default-src 'none'" in page()
    assert not re.findall(r"https?://|@import|\bfetch\(|XMLHttpRequest|<link|src=", page())


def test_the_page_makes_no_markup_of_texts():
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|Function\(", page())


@pytest.mark.parametrize("era", ["legacy", "2026-07-28"])
async def test_the_page_passes_the_guards_unchanged(gallery: Gallery, era: str):
    async with Host([PII(), gallery]) as host, mcp.Client(mcp_server(host), mode=era) as client:
        read = (await client.read_resource(URI)).contents[0]
        listed = next(item for item in (await client.list_resources()).resources if item.uri == URI)
    assert (read.text, read.mime_type, listed.mime_type) == (page(), TYPE, TYPE)
    assert read.meta == listed.meta == {"ui": {"csp": {}, "prefersBorder": False}}


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
async def test_a_browser_shows_pictures_and_hostile_prompts_as_text(gallery: Gallery, painter: Painter, tmp_path: Path):
    painter.returns(
        picture(300, 200), picture(2000, 1000, noise=True), pictures=[{"prompt": HOSTILE}, {"prompt": "שועל"}]
    )
    async with Host([gallery, painter]) as host:
        result = await host.call("paint", {}, Context(client=Client("claude-ai", result_bytes=100_000)))
    seen = browsed(wire.result(result, stateless=True), tmp_path)
    assert seen["prompts"] == [HOSTILE, "שועל"]
    assert seen["pictures"][0] == ["data:image/png;base64,", 300]
    assert seen["pictures"][1][1] > 16
    assert (seen["title"], seen["foreign"], seen["theme"]) == ("Gallery", 0, "dark")
    assert seen["methods"][:2] == ["ui/initialize", "ui/notifications/initialized"]
    assert "ui/notifications/size-changed" in seen["methods"]


def browsed(result: Any, folder: Path) -> Any:
    """What a client in Chromium saw of the page with this result."""
    filled = CLIENT.replace("RESULT", script(result)).replace("PAGE", script(page()))
    (folder / "client.html").write_text(filled, "utf-8")
    command = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", (folder / "client.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    seen = re.search(r'<pre id="seen">(.*?)</pre>', done.stdout, re.DOTALL)
    assert seen is not None
    return json.loads(html.unescape(seen[1]))


def script(value: Any) -> str:
    return json.dumps(value).replace("</", "<\\/")
