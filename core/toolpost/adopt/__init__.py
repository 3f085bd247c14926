"""Servers that were written with the MCP SDK's `MCPServer`, taken in as plugins: nothing of them is rewritten.

An entry point may name such a server in place of a class:

```toml
[project.entry-points.toolpost]
weather = "weather_server:mcp"
```

It may also be handed over by a plugin that has settings of its own:

```python
@dataclass
class Weather:
    units: str = "metric"

    def __post_init__(self):
        self._server = adopt(server_for(self.units))

    @hookimpl
    def tools(self):
        return self._server.tools()

    @hookimpl
    def lifespan(self):
        return self._server.lifespan()
```

Its tools, resources and prompts keep their names, words and schemas, and run
under the same layers as all others. The `Context` of the SDK works in them:
progress, log, questions, sampling, roots, and what changed.
"""

from toolpost.adopt.adopted import Adopted, adopt, class_of, is_server, plugin_class

__all__ = ["Adopted", "adopt", "class_of", "is_server", "plugin_class"]
