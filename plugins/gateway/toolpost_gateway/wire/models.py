"""`GET /v1/models`: the models that answer here, and the short names for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from toolpost import ToolError
from toolpost.kit import REQUEST_ID
from toolpost_gateway.wire.encoding import packed
from toolpost_gateway.wire.faults import Fault, fault_of
from toolpost_openai.catalogue import today
from toolpost_openai.choice import OTHER_KINDS

if TYPE_CHECKING:
    from toolpost_gateway.plugin import Gateway

# Who has the names that are only ours.
OWNER = "toolpost"
# When this API began to have models: clients want a time, and for most models nobody tells one.
CREATED = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


class Models:
    """Lists models as OpenAI does."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def listed(self, request: Request) -> Response:
        """List the models that can be asked.

        Names such as `chat.fast` stand for whichever model the operator has put behind them.
        """
        try:
            rows = await self._rows()
        except ToolError as error:
            reference = request.scope[REQUEST_ID]
            return fault_of(error, reference).response(reference)
        return _json({"object": "list", "data": rows})

    async def one(self, request: Request, model: str) -> Response:
        """Look up a model."""
        reference = request.scope[REQUEST_ID]
        try:
            found = next((row for row in await self._rows() if row["id"] == model), None)
        except ToolError as error:
            return fault_of(error, reference).response(reference)
        if found is None:
            text = f"the model {model[:100]!r} is not here; GET /v1/models lists those that are"
            return Fault(404, text, "model", "model_not_found").response(reference)
        return _json(found)

    async def _rows(self) -> list[dict[str, Any]]:
        """The short names first, since they outlive the models."""
        openai = self._gateway.openai
        connection = await openai.connect()
        server = connection.server
        aliases = {**openai.models.aliases, **openai.aliases}
        short = [name for name, model in aliases.items() if not openai.models.find(model).draws]
        rows = {name: _row(name, OWNER) for name in short}
        if server.official:
            rows |= {name: _row(name, server.name, openai.models.find(name).ends) for name in self._alive()}
        elif server.model:
            rows[server.model] = _row(server.model, server.name)
        else:
            served = await connection.served()
            rows |= {name: _row(name, server.name) for name in served if not OTHER_KINDS.search(name)}
        return list(rows.values())

    def _alive(self) -> Iterator[str]:
        yield from self._gateway.openai.models.alive(today(), "text")


def _row(name: str, owner: str, ends: date | None = None) -> dict[str, Any]:
    end = {"shutdown_date": ends.isoformat()} if ends else {}
    return {"id": name, "object": "model", "created": CREATED, "owned_by": owner, **end}


def _json(value: Any) -> Response:
    return Response(packed(value), media_type="application/json")
