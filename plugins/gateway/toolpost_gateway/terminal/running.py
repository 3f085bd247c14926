"""From the command line to a conversation: the host runs in a thread of its own, the person has this one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from anyio.from_thread import BlockingPortal, start_blocking_portal

from toolpost import Folders, Host, ToolError
from toolpost_gateway.talk import Chosen
from toolpost_gateway.terminal.album import Album, default_folder
from toolpost_gateway.terminal.conversation import Conversation
from toolpost_gateway.terminal.parts import parts
from toolpost_gateway.terminal.screen import Screen
from toolpost_gateway.terminal.talking import Talking

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway

DONE, FAILED, MISUSE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line asks for; `tools` are as in `Chosen.allowed`, and () is none."""

    message: str | None
    goes_on: bool = False
    session: str = ""
    lists: bool = False
    model: str = ""
    tools: tuple[str, ...] | None = None
    images: tuple[Path, ...] = ()
    folder: Path | None = None

    @property
    def chosen(self) -> tuple[Chosen, ...] | None:
        """The tools as a request says them."""
        return Chosen.only(self.tools)


def run(host: Host, gateway: Gateway, wish: Wish) -> int:
    """Talk, and give the exit status."""
    with _opened(host) as portal:
        screen, folders = Screen(sys.stdout, sys.stderr), Folders.of_user()
        talking = Talking(
            portal=portal,
            host=host,
            gateway=gateway,
            screen=screen,
            album=Album(host, wish.folder or default_folder(folders)),
            model=wish.model,
            chosen=wish.chosen,
        )
        if not _takes_up(talking, wish):
            return MISUSE
        if wish.lists:
            talking.show_list()
            return DONE
        try:
            if wish.message is not None:
                return _once(talking, wish)
            return Conversation(talking, folders.data / "chat_history").run(wish.images)
        except ToolError as error:
            screen.wrong(str(error))
            return FAILED


def _takes_up(talking: Talking, wish: Wish) -> bool:
    """Go on with the session that is wanted; False, and a word about it, where there is none."""
    if wish.session or wish.goes_on:
        found = talking.open(wish.session) if wish.session else talking.latest()
        if not found:
            named = f"no conversation {wish.session!r}" if wish.session else "no conversation to go on with"
            talking.screen.wrong(f"there is {named}; `toolpost chat --list` shows all")
            return False
    return True


def _once(talking: Talking, wish: Wish) -> int:
    assert wish.message is not None
    reply = talking.say(parts(wish.message, wish.images))
    if reply is None:
        talking.screen.wrong("interrupted")
        return INTERRUPTED
    return DONE


@contextmanager
def _opened(host: Host) -> Iterator[BlockingPortal]:
    """The host, opened in an event loop of its own, so that Ctrl-C is this thread's alone."""
    with start_blocking_portal("asyncio") as portal, portal.wrap_async_context_manager(host):
        yield portal
