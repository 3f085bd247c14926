from __future__ import annotations

from pathlib import Path

import pytest

from toolpost import PluginError
from toolpost.packages.managed import UvTool
from toolpost.packages.receipt import Receipt
from toolpost.packages.requirement import Requirement

RECEIPT = """
[tool]
requirements = [
    { name = "toolpost", extras = ["bundle"], specifier = ">=0.1" },
    { name = "plain" },
    { name = "Pinned", specifier = "==1.0", marker = "python_version > '3'" },
    { name = "wheel", path = "/w/wheel-1.0-py3-none-any.whl" },
    { name = "folder", directory = "/w/folder" },
    { name = "mine", editable = "/w/mine" },
    { name = "far", url = "https://example.org/far.zip", subdirectory = "x" },
    { name = "repo", git = "https://example.org/repo.git?rev=v1" },
]
python = "3.11"
[tool.options]
index = [
    { url = "https://example.org/simple", default = true },
    { url = "https://example.org/simple", default = true },
    { url = "https://example.org/more", default = false },
]
find-links = ["file:///wheels"]
prerelease = "allow"
"""


@pytest.fixture
def receipt(tmp_path: Path) -> Receipt:
    (tmp_path / "uv-receipt.toml").write_text(RECEIPT)
    return Receipt.read(tmp_path)


def test_a_receipt_is_said_again_in_full(receipt: Receipt):
    (command,) = UvTool("uv", Path("python"), receipt).install([Requirement("new", "new")])
    assert command == (
        *("uv", "tool", "install", "--python", "3.11"),
        *("--default-index", "https://example.org/simple", "--index", "https://example.org/more"),
        *("--find-links", "file:///wheels", "--prerelease", "allow"),
        *("--with", "plain", "--with", "Pinned==1.0 ; python_version > '3'"),
        *("--with", "wheel @ file:///w/wheel-1.0-py3-none-any.whl", "--with", "folder @ file:///w/folder"),
        *("--with-editable", "/w/mine", "--with", "far @ https://example.org/far.zip#subdirectory=x"),
        *("--with", "repo @ git+https://example.org/repo.git@v1", "--with", "new", "toolpost[bundle]>=0.1"),
    )


def test_what_is_upgraded_or_removed_is_not_asked_for_as_before(receipt: Receipt):
    tool = UvTool("uv", Path("python"), receipt)
    (upgrade,) = tool.install([Requirement("pinned", "pinned")], upgrade=True)
    assert "Pinned==1.0 ; python_version > '3'" not in upgrade
    assert upgrade[upgrade.index("--upgrade-package") + 1] == "pinned"
    (removed,) = tool.uninstall(["plain", "mine"])
    assert not {"plain", "/w/mine"} & set(removed)


@pytest.mark.parametrize("text", ["", "[tool]", "[tool]\nrequirements = [{ name = 'other' }]", "\x00"])
def test_a_receipt_that_is_none_is_named_with_the_way_out(tmp_path: Path, text: str):
    (tmp_path / "uv-receipt.toml").write_text(text)
    with pytest.raises(PluginError, match="uv-receipt.toml cannot be read .*uv tool install --force"):
        Receipt.read(tmp_path)
