"""What an operator sees and clears away, and what full disks, kills and clean-ups in between do: no harm."""

from __future__ import annotations

import hashlib
import threading
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from galleries import Served, drawn, png, served


def test_only_an_operator_counts_and_cleans(tmp_path: Path):
    with served(tmp_path / "admin") as gallery:
        for method, path in (("GET", "/admin/gallery"), ("POST", "/admin/gallery/cleanup")):
            assert gallery.ask(method, path, who=None).status == 401
            assert gallery.ask(method, path, who="ann").status == 403
            assert gallery.ask(method, path, who="op").status == 200


def test_an_operator_sees_how_much_is_kept(tmp_path: Path):
    with served(tmp_path / "counted", "keep_count = 7") as gallery:
        empty = gallery.get("/admin/gallery", who="op").json
        assert (empty["pictures"], empty["oldest"], empty["newest"]) == (0, None, None)
        for number, who in enumerate(("ann", "ann", "bob")):
            gallery.draw(png(number // 2), f"picture {number}", who)
        said = gallery.get("/admin/gallery", who="op").json
        assert (said["pictures"], said["principals"], said["not_kept"]) == (3, 2, 0)
        assert said["bytes"] == len(png(0)) + len(png(1))
        assert said["keeps"] == {"days": 0, "count": 7, "bytes": 5 * 1024**3}
        assert "picture 0" not in str(said)


def test_a_clean_up_keeps_exactly_what_the_bounds_keep(tmp_path: Path):
    with served(tmp_path / "cleaned", "keep_count = 3") as gallery:
        urls = [gallery.draw(png(number), f"picture {number}")["url"] for number in range(5)]
        report = gallery.ask("POST", "/admin/gallery/cleanup", who="op").json
        assert (report["removed"], report["freed_bytes"]) == (2, len(png(0)) + len(png(1)))
        assert report["left"]["pictures"] == 3
        assert [gallery.get(url).status for url in urls] == [404, 404, 200, 200, 200]
        assert gallery.ask("POST", "/admin/gallery/cleanup", who="op").json["removed"] == 0


def test_cleaning_reading_and_drawing_at_once_disturbs_nobody(tmp_path: Path):
    with served(tmp_path / "raced", "keep_count = 5") as gallery:
        bystander = tmp_path / "raced" / "home" / "data" / "artefacts" / "bystander"
        bystander.parent.mkdir(parents=True, exist_ok=True)
        bystander.write_text("not ours")
        seen: Counter[tuple[str, int]] = Counter()

        def keep_on(what: str, goes_on: Callable[[int], bool]) -> None:
            number = 0
            while goes_on(number):
                number += 1
                seen[what, _once(gallery, what, number)] += 1

        def run(what: str, goes_on: Callable[[int], bool]) -> threading.Thread:
            task = threading.Thread(target=keep_on, args=(what, goes_on))
            task.start()
            return task

        drawing = [run(what, lambda number: number < 20) for what in ("draw", "draw ")]
        others = [
            run(what, lambda number: not number or any(task.is_alive() for task in drawing))
            for what in ("read", "read ", "clean")
        ]
        for task in (*drawing, *others):
            task.join()
        assert {status for _, status in seen} <= {200, 201, 404}, seen
        assert seen["draw", 201]
        assert seen["clean", 200]
        gallery.ask("POST", "/admin/gallery/cleanup", who="op")
        left = gallery.get("/images").json["images"]
        assert len(left) == 5
        assert all(gallery.get(image["url"]).status == 200 for image in left)
        assert len(gallery.originals) == 5
        assert bystander.read_text() == "not ours"


def _once(gallery: Served, what: str, number: int) -> int:
    """The status of one thing done; a picture that is read must be whole."""
    if what == "clean":
        return gallery.ask("POST", "/admin/gallery/cleanup", who="op").status
    if what.startswith("draw"):
        gallery.provider.replies.append(drawn(png(number * 2 + len(what))))
        return gallery.ask("POST", "/images", {"prompt": f"{what} {number}"}).status
    for image in gallery.get("/images?limit=5").json["images"]:
        reply = gallery.get(image["url"] + "?preview" * (number % 2))
        if reply.status == 200 and number % 2 == 0:
            assert len(reply.body) == image["bytes"]
        if reply.status not in (200, 404):
            return reply.status
    return 200


def test_a_disk_that_takes_nothing_costs_nobody_the_picture(tmp_path: Path):
    folder = tmp_path / "full"
    with served(folder) as gallery:
        kept = gallery.draw(png(1), "while there is room")
        place = folder / "home" / "data" / "artefacts" / "gallery"
        place.rename(place.with_name("away"))
        place.write_text("no folder")
        gallery.draws(png(2))
        reply = gallery.ask("POST", "/images", {"prompt": "no room"})
        assert reply.status == 507
        assert "could not be kept" in reply.json["error"]["message"]
        assert b64decode(reply.json["unkept"][0]["data"]) == png(2)
        assert gallery.get("/admin/gallery", who="op").json["not_kept"] == 1
        assert gallery.get(kept["url"]).status in (404, 503)
        place.unlink()
        place.with_name("away").rename(place)
        assert gallery.get(kept["url"]).body == png(1)
        assert not [path for path in place.rglob(".*") if path.is_file()]
        assert gallery.draw(png(3), "room again")["url"]


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path):
    acknowledged: list[str] = []
    for round in range(3):
        with served(tmp_path / "killed") as gallery:
            all_whole(gallery, acknowledged)
            draw_until_killed(gallery, round, acknowledged)
    with served(tmp_path / "killed") as gallery:
        assert len(acknowledged) >= 9
        all_whole(gallery, acknowledged)
        all_whole(gallery, [image["url"] for image in gallery.get("/images?limit=100").json["images"]])


def all_whole(gallery: Served, urls: list[str]) -> None:
    """Every picture has the content that its tag says."""
    for url in urls:
        reply = gallery.get(url)
        assert reply.status == 200
        assert hashlib.sha256(reply.body).hexdigest()[-32:] == reply.headers["etag"].strip('"')


def draw_until_killed(gallery: Served, round: int, acknowledged: list[str]) -> None:
    """Draw with several at once, and kill the server in the middle of it."""
    enough = threading.Event()

    def draw(worker: int) -> None:
        for number in range(100):
            gallery.provider.replies.append(drawn(png(round * 10_000 + worker * 1_000 + number, 300, 200)))
            try:
                reply = gallery.ask("POST", "/images", {"prompt": f"{round} {worker} {number}"})
                acknowledged.append(reply.json["images"][0]["url"])
            except (AssertionError, OSError, ValueError):
                return  # no answer, or not a whole one
            if len(acknowledged) >= 4 * (round + 1):
                enough.set()

    workers = [threading.Thread(target=draw, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    enough.wait(60)
    gallery.server.process.kill()
    for worker in workers:
        worker.join(60)
