"""A plugin whose distribution's requirements are not met is skipped before it is imported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from toolpost.config.load import load
from toolpost.plugins.build import build
from toolpost.plugins.distribution import Facts
from toolpost.plugins.requirements import conflict, unmet

HERE = {"toolpost": "0.1.0", "anyio": "4.10", "odd": "weird", "pre": "2.0rc1"}


@pytest.mark.parametrize(
    "line",
    [
        "anyio",
        "anyio>=4.10",
        "anyio (>=4,<5)",
        "AnyIO==4.10.0",
        "anyio!=4.9, <=4.10",
        "anyio~=4.2",
        "anyio==4.*",
        "anyio[trio]>=4",
        "gone; extra == 'more'",
        'gone>=1; python_version < "3"',
        "gone @ https://example.org/gone.zip ; sys_platform == 'nowhere'",
        "pre>=1",
        "pre>=2.0rc1",
        "odd",
        "?? no requirement ??",
    ],
)
def test_what_is_installed_meets_a_requirement(line: str):
    assert unmet("weather", [line], HERE.get) == ""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("gone", "weather requires gone, which is not installed; run `toolpost plugins install weather`"),
        ("anyio>4.10", "weather requires anyio>4.10, and anyio 4.10 is installed"),
        ("anyio (<4.10)", "weather requires anyio (<4.10), and anyio 4.10 is installed"),
        ("anyio~=5.0", "weather requires anyio~=5.0, and anyio 4.10 is installed"),
        ('anyio>=5; python_version >= "3"', "weather requires anyio>=5, and anyio 4.10 is installed"),
        ("pre>=2.0", "weather requires pre>=2.0, and pre 2.0rc1 is installed"),
        ("odd>=3", "weather requires odd>=3, and odd weird is installed"),
        ("toolpost==0.2", "weather requires toolpost==0.2, and this is toolpost 0.1.0; run `toolpost plugins upgrade"),
    ],
)
def test_what_does_not_meet_it_is_named_with_both_versions_and_the_way_out(line: str, said: str):
    assert unmet("weather", ["anyio", line], HERE.get).startswith(said)


def test_toolpost_itself_is_not_asked():
    assert conflict(Facts("toolpost", "0.1.0", requires=("gone",))) == ""


def test_a_plugin_in_conflict_is_skipped_and_never_imported(install: Callable[..., None]):
    install("w", "raise SystemExit", w="w:W")
    metadata = Path(sys.path[0]) / "w-1.0.dist-info/METADATA"
    metadata.write_text(f"{metadata.read_text()}Requires-Dist: toolpost>=99\n\nRequires-Dist: not a header\n")
    path = Path("c.toml")
    path.write_text("[plugins.w]\n[plugins.trace]")
    built = build(load(path, {}))
    assert list(built.plugins) == ["trace"]
    assert "w requires toolpost>=99, and this is toolpost" in built.broken[0].reason
    assert "w" not in sys.modules


def test_the_bundle_is_looked_at_without_importing_packaging():
    code = (
        "import sys; from toolpost.plugins.find import installed; from toolpost.plugins.requirements import conflict\n"
        "found = [claims[0].facts for claims in installed().values() if claims[0].is_bundled]\n"
        "print([conflict(one) for one in found if conflict(one)], 'packaging' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[] False\n"
