"""Which model answers: from a name, an alias or nothing, at whatever server there is."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from toolpost import InvalidArguments
from toolpost_openai.catalogue import Catalogue, Model
from toolpost_openai.server import Server

DEFAULT = "chat.fast"
# In the `meta` of an error: that it is about a model which is not there; and how much of its name.
MISSING, LONGEST = "toolpost/missing_model", 256
# The same: which field of a request is at fault; that of a picture is called so in both dialects.
PARAM, IMAGE = "toolpost/param", "image_url"
OTHER_KINDS = re.compile(r"embed|rerank|whisper|tts|moderation|image|dall-e", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """The model that is asked, and what to tell a caller who asked for another."""

    model: Model
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chooser:
    """Chooses among the models of one server; `served` lists their names, and is asked only if need be."""

    server: Server
    catalogue: Catalogue
    aliases: Mapping[str, str]
    served: Callable[[], Awaitable[Sequence[str]]]
    today: date

    async def choose(self, name: str) -> Choice:
        """The model for a name, an alias or, if empty, the default.

        Raises:
            InvalidArguments: this server has just one model, which is another.
        """
        name = name or DEFAULT
        if self.server.model:
            return self._only(name)
        if self.server.official:
            return self._living(self.aliases.get(name) or self.catalogue.aliases.get(name, name))
        return Choice(Model(await self._elsewhere(name), dialect="chat"))

    def _only(self, name: str) -> Choice:
        served = self.server.model
        if name != served and name not in self.aliases and name not in self.catalogue.aliases:
            error = InvalidArguments(
                f"model {name!r} is not here: {self.server.label} serves only {served!r}, which answers when "
                "model is left out; others need OPENAI_API_KEY, or base_url in [plugins.openai]"
            )
            error.meta = {MISSING: {"model": name[:LONGEST]}}
            raise error
        return Choice(Model(served, dialect="chat"))

    def _living(self, name: str) -> Choice:
        asked, model = self.catalogue.find(name), self.catalogue.living(name, self.today)
        if model.name != asked.name:
            return Choice(model, (f"the model {name} ended on {asked.ends}; {model.name} answered",))
        if model.ends_soon(self.today):
            return Choice(model, (f"the model {name} ends on {model.ends}; use {model.instead}",))
        return Choice(model)

    async def _elsewhere(self, name: str) -> str:
        if name in self.aliases:
            return self.aliases[name]
        wanted = self.catalogue.aliases.get(name)
        if wanted is None:
            return name
        served = await self.served()
        fit = [model for model in served if not OTHER_KINDS.search(model)] or served
        return fit[0] if fit and wanted not in served else wanted
