"""Whether the types of a function read the arguments of a call, before it is a call."""

from __future__ import annotations

from toolpost.errors import InvalidArguments, ToolError
from toolpost.host import Host
from toolpost.isolation.wire import JSONObject
from toolpost.tools.call import ToolCall
from toolpost.tools.context import Context
from toolpost.tools.tool import Tool


async def reads(host: Host, params: JSONObject) -> JSONObject:
    """What is wrong with the arguments for a tool, prompt or resource; nothing where they can be read.

    Raises:
        KeyError: there is no such thing.
    """
    tool = _meant(host, params)

    async def read(arguments: JSONObject) -> str:
        tool.signature.parse(arguments)
        return ""

    # Types are the plugin's own too, and may do what they like.
    reading = Tool(read, name=tool.name, input_schema=tool.input_schema)
    try:
        await host.answer(ToolCall(reading, params["arguments"], Context()))
    except InvalidArguments as error:
        return {"wrong": str(error)}
    except ToolError:
        return {}
    return {}


def _meant(host: Host, params: JSONObject) -> Tool:
    match params:
        case {"tool": name}:
            return host.tools[name]
        case {"prompt": name}:
            return host.prompts[name].tool
        case _:
            return {one.uri: one.tool for one in host.resources}[params["resource"]]
