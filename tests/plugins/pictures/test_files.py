"""Files come from the folders that the operator allowed, however a path is written."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolpost import Context, InvalidArguments
from toolpost_pictures.files import NOT_ALLOWED, open_below, path_of, read

SECRET = b"canary"


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A folder that is allowed, with a file in it, and a file beside it that is a secret."""
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    for folder in (allowed / "below", outside):
        folder.mkdir(parents=True)
    (allowed / "a.png").write_bytes(b"a")
    (allowed / "below" / "b.png").write_bytes(b"b")
    (outside / "secret.png").write_bytes(SECRET)
    (tmp_path / "allowed-too.png").write_bytes(SECRET)
    return allowed, outside


def refusal(path: str, *folders: Path, max_bytes: int = 1000) -> str:
    with pytest.raises(InvalidArguments) as refused:
        read(path, folders, max_bytes)
    return str(refused.value)


def test_files_below_an_allowed_folder_are_read(places):
    allowed, outside = places
    assert read(str(allowed / "a.png"), [outside, allowed], 1000) == b"a"
    assert read("below/b.png", [outside, allowed], 1000) == b"b"
    assert read("below/../a.png", [allowed], 1000) == b"a"
    assert read(path_of((allowed / "a.png").as_uri()), [allowed], 1000) == b"a"


def test_links_are_followed_where_they_stay_inside(places):
    allowed, _ = places
    (allowed / "link.png").symlink_to("below/b.png")
    (allowed / "folder").symlink_to(allowed / "below", target_is_directory=True)
    assert read("link.png", [allowed], 1000) == read("folder/b.png", [allowed], 1000) == b"b"


def test_an_allowed_folder_may_itself_be_a_link(places, tmp_path: Path):
    (tmp_path / "link").symlink_to(places[0], target_is_directory=True)
    assert read("a.png", [tmp_path / "link"], 1000) == b"a"


def test_what_is_outside_sounds_like_what_is_missing(places, tmp_path: Path):
    allowed, outside = places
    (allowed / "link.png").symlink_to(outside / "secret.png")
    (allowed / "folder").symlink_to(outside, target_is_directory=True)
    (allowed / "loop").symlink_to("loop")
    paths = [
        "missing.png",
        "link.png",
        "folder/secret.png",
        "loop",
        str(outside / "secret.png"),
        "../outside/secret.png",
    ]
    paths += [
        "below/../../outside/secret.png",
        str(allowed) + "-too.png",
        f"{allowed}/../allowed-too.png",
        "",
        ".",
        "..",
        "/",
    ]
    paths += ["below", "a.png/../../outside/secret.png", "a\0.png", "x" * 5000, "//host/share/a.png", "\\\\host\\a.png"]
    paths += [
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "/proc/self/environ",
        "%2e%2e/outside/secret.png",
        "..\\outside\\secret.png",
    ]
    paths += ["\udcff"]
    assert {refusal(path, allowed) for path in paths} == {NOT_ALLOWED}
    assert refusal(str(allowed / "a.png")) == NOT_ALLOWED


@pytest.mark.parametrize(
    "url", ["file://host/a.png", "file:///a.png?b", "file://[", "file:////host/a.png", "file:///%00"]
)
def test_file_urls_of_other_machines_and_forms_are_refused(places, url: str):
    with pytest.raises(InvalidArguments, match="that file is not there"):
        read(path_of(url), [places[0]], 1000)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            ["..", ".", "", "below", "a.png", "outside", "secret.png", "allowed", "link", "allowed-too.png"]
        )
        | st.text(max_size=3),
        max_size=8,
    ),
    st.booleans(),
)
def test_no_path_leads_out(places, steps: list[str], absolute: bool):
    allowed, outside = places
    if not (allowed / "link").is_symlink():
        (allowed / "link").symlink_to(outside, target_is_directory=True)
    path = "/".join(steps)
    try:
        content = read(f"{allowed}/{path}" if absolute else path, [allowed], 1000)
    except InvalidArguments:
        return
    assert content in (b"a", b"b")


def test_pipes_and_devices_are_no_files(places):
    allowed, _ = places
    os.mkfifo(allowed / "pipe.png")
    assert refusal("pipe.png", allowed) == NOT_ALLOWED
    assert {refusal(path, Path("/")) for path in ("/dev/zero", "/proc/self/environ", "/sys/kernel/uevent_seqnum")} == {
        NOT_ALLOWED
    }


def test_a_large_file_is_not_read(places):
    allowed, _ = places
    with (allowed / "large.png").open("wb") as file:
        file.truncate(10**12)
    assert refusal("large.png", allowed) == "that file is larger than 1000 bytes; name a smaller one"


@pytest.mark.parametrize("steps", [("below", "b.png"), ("below", "deep", "b.png"), ("below", "link.png")])
def test_what_becomes_a_link_after_the_check_is_not_followed(places, steps: tuple[str, ...]):
    allowed, outside = places
    (outside / "deep").mkdir()
    for folder in (outside, outside / "deep"):
        (folder / "b.png").write_bytes(SECRET)
    (allowed / "below" / "link.png").symlink_to(outside / "b.png")
    if steps[-1] == "b.png":
        (allowed / "below").rename(allowed / "aside")
        (allowed / "below").symlink_to(outside, target_is_directory=True)
    with pytest.raises(OSError, match="below|link|deep"):
        open_below(allowed, steps)


def test_no_descriptor_stays_open(places):
    allowed, _ = places
    os.mkfifo(allowed / "pipe.png")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a folder of descriptors
    for path in ("a.png", "missing.png", "below/b.png", "pipe.png", "below", ".", "below/missing/a.png") * 5:
        try:
            read(path, [allowed], 1000)
        except InvalidArguments:
            pass
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


async def test_without_folders_no_file_is_read(plugin, places):
    with pytest.raises(InvalidArguments, match="that file is not there"):
        await plugin().load(str(places[0] / "a.png"), Context())


def test_a_relative_folder_is_a_mistake_of_the_operator(plugin):
    with pytest.raises(ValueError, match="absolute"):
        plugin(folders=[Path("pictures")])


async def test_the_operator_hears_of_a_folder_that_is_missing(plugin, tmp_path: Path, caplog):
    async with plugin(folders=[tmp_path / "nowhere"]).lifespan():
        assert "nowhere" in caplog.text


DOTS = [
    "..",
    "%2e%2e",
    "..%2f",
    "..%5c",
    "%252e%252e",
    "..;",
    "..\0",
    ".. ",
    "\u2025",
    "．．",
    "..\\",
    "%c0%ae%c0%ae",
    "...",
    "....//",
]
ENDS = [
    "secret.png",
    "outside/secret.png",
    "allowed-too.png",
    "etc/passwd",
    "proc/self/environ",
    "link/secret.png",
    "a.png",
]
STARTS = ["", "/", "./", "below/", "below/../", "link/", "a.png/", "//", "\\", "file:///", "file://localhost/", "file:"]
JOINS = ["/", "\\", "//", "/./", "%2f", "\u2215", "\0/"]


def payloads() -> list[str]:
    """Thousands of ways out, of the usual grammar: how it starts, how it climbs, how far, and what for."""
    climbs = itertools.product(STARTS, DOTS, JOINS, (1, 2, 5, 40), ENDS)
    return [start + join.join([dots] * depth) + join + end for start, dots, join, depth, end in climbs]


async def test_no_payload_of_thousands_leads_out(places, plugin):
    allowed, outside = places
    (allowed / "link").symlink_to(outside, target_is_directory=True)
    # As the plugin does it, for paths and for URLs.
    found = set()
    for payload in payloads():
        try:
            found.add(read(path_of(payload) if payload.startswith("file:") else payload, [allowed], 1000))
        except InvalidArguments as refused:
            found.add(str(refused))
    assert found <= {NOT_ALLOWED, b"a", b"b"}
    assert len(payloads()) > 10_000
