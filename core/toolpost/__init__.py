"""toolpost: a host for pip-installable tool plugins. All that a plugin needs is importable from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost.lazily import homes, lazily

if TYPE_CHECKING:
    from toolpost.artefacts import Artefacts as Artefacts
    from toolpost.canonical import canonical_digest as canonical_digest
    from toolpost.changes import Changes as Changes
    from toolpost.errors import ConfigError as ConfigError
    from toolpost.errors import Crash as Crash
    from toolpost.errors import InvalidArguments as InvalidArguments
    from toolpost.errors import PluginError as PluginError
    from toolpost.errors import Refused as Refused
    from toolpost.errors import ToolError as ToolError
    from toolpost.errors import ToolpostError as ToolpostError
    from toolpost.errors import Unavailable as Unavailable
    from toolpost.errors import UnknownTool as UnknownTool
    from toolpost.folders import Folders as Folders
    from toolpost.gauges import Gauge as Gauge
    from toolpost.hookspecs import hookimpl as hookimpl
    from toolpost.host import Host as Host
    from toolpost.middleware.words import amount as amount
    from toolpost.nearest import did_you_mean as did_you_mean
    from toolpost.overview import Overview as Overview
    from toolpost.primitives import Prompt as Prompt
    from toolpost.primitives import Resource as Resource
    from toolpost.reader import Reader as Reader
    from toolpost.routes import Route as Route
    from toolpost.store import Space as Space
    from toolpost.store import Store as Store
    from toolpost.tools.call import CallNext as CallNext
    from toolpost.tools.call import Middleware as Middleware
    from toolpost.tools.call import ToolCall as ToolCall
    from toolpost.tools.call import ToolResult as ToolResult
    from toolpost.tools.content import Audio as Audio
    from toolpost.tools.content import Embedded as Embedded
    from toolpost.tools.content import Image as Image
    from toolpost.tools.content import Link as Link
    from toolpost.tools.context import Client as Client
    from toolpost.tools.context import Context as Context
    from toolpost.tools.doubt import Doubt as Doubt
    from toolpost.tools.form import Choices as Choices
    from toolpost.tools.intention import Intention as Intention
    from toolpost.tools.peer import MissingCapability as MissingCapability
    from toolpost.tools.peer import Root as Root
    from toolpost.tools.peer import Sampled as Sampled
    from toolpost.tools.streams import TextFilter as TextFilter
    from toolpost.tools.threads import in_thread as in_thread
    from toolpost.tools.tool import Tool as Tool

__version__ = "0.1.0"

# Importing everything takes 0.3 s, which `toolpost plugins list` should not pay.
_FOUND = homes(
    {
        "artefacts": "Artefacts",
        "canonical": "canonical_digest",
        "changes": "Changes",
        "errors": (
            "ConfigError Crash InvalidArguments PluginError Refused ToolError ToolpostError Unavailable UnknownTool"
        ),
        "folders": "Folders",
        "gauges": "Gauge",
        "hookspecs": "hookimpl",
        "host": "Host",
        "middleware.words": "amount",
        "nearest": "did_you_mean",
        "overview": "Overview",
        "primitives": "Prompt Resource",
        "reader": "Reader",
        "routes": "Route",
        "store": "Space Store",
        "tools.call": "CallNext Middleware ToolCall ToolResult",
        "tools.content": "Audio Embedded Image Link",
        "tools.context": "Client Context",
        "tools.form": "Choices",
        "tools.doubt": "Doubt",
        "tools.intention": "Intention",
        "tools.peer": "MissingCapability Root Sampled",
        "tools.streams": "TextFilter",
        "tools.threads": "in_thread",
        "tools.tool": "Tool",
    }
)

__all__ = ["__version__", *_FOUND]

__getattr__ = lazily(__name__, _FOUND, __name__)
