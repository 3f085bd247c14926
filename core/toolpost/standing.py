"""What stands behind a host's calls for a while: plugins, their layers, and what they offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from toolpost.errors import PluginError
from toolpost.generations import Generation
from toolpost.lifespans import Held
from toolpost.offers import Offers
from toolpost.onion import Guards, applies, fold
from toolpost.plugins.registry import Registry
from toolpost.primitives import Prompt, Resource
from toolpost.tools.call import CallNext, ToolCall
from toolpost.tools.streams import Chain, TextFilter
from toolpost.tools.tool import Tool


class Standing:
    """Settles once, when plugins come or change, all that a call would otherwise have to look up.

    `held` are the lifespans that it stands on, by plugin.
    """

    tools: Mapping[str, Tool]
    resources: list[Resource]
    prompts: Mapping[str, Prompt]

    def __init__(
        self,
        plugins: Mapping[str, object] | Iterable[object],
        hidden: Iterable[str],
        required: Iterable[str],
        guards: Guards | None,
        versions: Mapping[str, str] | None,
    ) -> None:
        self.registry = Registry(plugins, versions)
        # pluggy asks the plugin registered last first, which is the order in
        # which an onion is built: the layer nearest to the tool comes first.
        self.layers = self.registry.layers()
        self.offers = Offers(self.layers, self.registry.versions)
        self.calls = Generation()
        self.held: dict[str, Held] = {}
        self._hidden = frozenset(hidden)
        self._required = frozenset(required)
        self._guards = guards or Guards()
        self._onions: dict[Tool, CallNext] = {}
        self.gather()

    def gather(self) -> None:
        """Take what the plugins that stand have to offer."""
        self.tools = self.offers.tools(self.registry.tools(self._hidden))
        self.resources = list(self.offers.primitives(self.registry.resources()))
        self.prompts = {prompt.name: prompt for prompt in self.offers.primitives(self.registry.prompts())}
        # Calls under way hold the onion that they are in.
        self._onions.clear()

    def leave_out(self, name: str, error: BaseException) -> None:
        """A plugin's lifespan has failed: what it offers would stand on nothing.

        Its layer stays. It may be a guard, and guards fail closed.
        """
        self.registry.quarantine(name, error)
        self.gather()

    def require(self) -> None:
        """Raise `PluginError` if a plugin is broken that must not be."""
        for name in self._required & self.registry.broken.keys():
            reason = self.registry.broken[name]
            raise PluginError(
                f"plugin {name!r} is required and does not start: {reason}; mend it, or do not require it"
            )

    def onion(self, tool: Tool) -> CallNext:
        """The layers that apply to a tool, folded around it; made once for each tool."""
        onion = self._onions.get(tool)
        if onion is None:
            layers = [(name, layer) for name, layer in self.layers if applies(layer, tool)]
            onion = self._onions[tool] = fold(layers, tool.answer, self._guards)
        return onion

    def stream(self, call: ToolCall) -> TextFilter | None:
        """What a text about this call passes that is sent bit by bit; None where no layer minds."""
        around = (layer for _, layer in self.layers if hasattr(layer, "stream") and applies(layer, call.tool))
        filters = [found for layer in around if (found := layer.stream(call)) is not None]
        return Chain(filters) if filters else None

    def asks(self, tool: Tool) -> bool:
        """Whether a call of this tool may ask or tell its caller something before it is answered."""
        if tool.takes_context:
            return True
        try:
            return any(layer.asks and applies(layer, tool) for _, layer in self.layers if hasattr(layer, "asks"))
        except BaseException:
            # Whoever fails to say may ask.
            return True
