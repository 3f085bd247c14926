"""Tokens are renewed by whoever needs them, once, and a login is lost only where it is no more."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import pytest
from pydantic import AnyHttpUrl

from toolpost.testing import Services
from toolpost_upstream.oauth import LoginNeeded
from toolpost_upstream.oauth.keeping import Keeping
from toolpost_upstream.wires.wire import Unsent

from .conftest import Site
from .test_login import PATIENCE, asked, end_token, logged_in


async def test_a_token_that_has_ended_is_renewed_by_a_later_process(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    await end_token(server, services)
    assert await asked(server, services) == 200
    assert site.provider.refreshed == 1
    # What was got is kept for the next.
    assert await asked(server, services) == 200
    assert site.provider.refreshed == 1


async def test_a_token_that_the_server_forgot_is_renewed(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    site.provider.access.clear()
    assert await asked(server, services) == 200
    assert site.provider.refreshed == 1


async def test_many_processes_renew_it_once(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    await end_token(server, services)
    statuses: list[int] = []

    async def process() -> None:
        statuses.append(await asked(server, services))

    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            for _ in range(6):
                tasks.start_soon(process)
    assert statuses == [200] * 6
    assert site.provider.refreshed == 1


async def test_who_leaves_while_it_is_renewed_loses_nothing(
    site: Site, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await logged_in(site, services)
    await end_token(server, services)
    exchange, begun, go_on = site.provider.exchange_refresh_token, threading.Event(), threading.Event()

    async def slow(*given: Any) -> Any:
        begun.set()
        await anyio.to_thread.run_sync(go_on.wait)
        return await exchange(*given)

    monkeypatch.setattr(site.provider, "exchange_refresh_token", slow)
    with anyio.fail_after(PATIENCE):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(asked, server, services)
            await anyio.to_thread.run_sync(begun.wait)
            tasks.cancel_scope.cancel()
            go_on.set()
    # The refresh token that was used up would be refused.
    assert await asked(server, services) == 200
    assert site.provider.refreshed == 1


@pytest.mark.parametrize("status", [503, 429, 200])
async def test_a_renewal_that_fails_for_now_keeps_the_login(site: Site, services: Services, status: int) -> None:
    server = await logged_in(site, services)
    await end_token(server, services)
    site.machine["answer"] = lambda form, headers: (status, {})
    with pytest.raises(Unsent, match="needs its login renewed"):
        await asked(server, services)
    site.machine.clear()
    assert await asked(server, services) == 200


async def test_a_renewal_that_is_refused_for_another_reason_keeps_it_too(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    await end_token(server, services)
    site.machine["answer"] = lambda form, headers: (400, {"error": "invalid_target: hunter2"})
    with pytest.raises(LoginNeeded, match=r"not renewed: an error without a known code \(HTTP 400\); run") as failed:
        await asked(server, services)
    assert "hunter2" not in str(failed.value)
    site.machine.clear()
    assert await asked(server, services) == 200


async def test_an_authorization_server_that_is_gone_is_not_waited_for(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    kept = Keeping.of(server, services.store)
    login = await kept.load()
    assert login.metadata is not None
    metadata = login.metadata.model_copy(update={"token_endpoint": AnyHttpUrl("http://127.0.0.1:1/token")})
    await kept.save(login.model_copy(update={"expires": 1.0, "metadata": metadata}))
    with pytest.raises(Unsent, match=r"the authorization server is not there \(ConnectError\)"):
        await asked(server, services)


async def test_a_login_that_ended_for_good_is_said(site: Site, services: Services) -> None:
    server = await logged_in(site, services)
    site.provider.access.clear()
    site.provider.refresh.clear()
    for why in ("no longer takes the login", "wants a login"):
        with pytest.raises(LoginNeeded, match=f"{why}; run `toolpost upstream login it`"):
            await asked(server, services)
