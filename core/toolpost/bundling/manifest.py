"""The manifest of a bundle: what Claude Desktop shows, asks for and starts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from toolpost import __version__
from toolpost.tools.tool import Tool

ENTRY_POINT, ICON = "server/main.py", "icon.png"
# What a person fills in, with the variable that it becomes, where the plugin is there.
ASKED: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "openai_api_key": (
        "openai",
        "OPENAI_API_KEY",
        {
            "type": "string",
            "title": "OpenAI API key",
            "description": "Kept by the system's own keychain. Without one, a small model on this machine answers.",
            "sensitive": True,
            "required": False,
            "default": "",
        },
    ),
    "openai_base_url": (
        "openai",
        "OPENAI_BASE_URL",
        {
            "type": "string",
            "title": "Another server",
            "description": "The address of a server that speaks like OpenAI's, such as http://127.0.0.1:8080/v1.",
            "required": False,
            "default": "",
        },
    ),
    "daily_budget": (
        "ledger",
        "TOOLPOST__LEDGER__DAILY",
        {
            "type": "number",
            "title": "US dollars a day",
            "description": "Calls that cost money are refused once a day's are spent. 0: no bound.",
            "required": False,
            "default": 0,
            "min": 0,
        },
    ),
}
FOLDERS = {
    "type": "directory",
    "title": "Folders with pictures",
    "description": "Where pictures may be read from, with all below. None: no file is read.",
    "multiple": True,
    "required": False,
    "default": [],
}
POLICIES = {"openai": "https://openai.com/policies/privacy-policy/"}


def manifest(tools: Iterable[Tool], plugins: Collection[str]) -> dict[str, Any]:
    """The manifest for these tools of these plugins, by version 0.4 of the format."""
    asked = {key: (variable, field) for key, (plugin, variable, field) in ASKED.items() if plugin in plugins}
    config = {key: field for key, (_, field) in asked.items()}
    if "pictures" in plugins:
        config["picture_folders"] = FOLDERS
    return {
        "manifest_version": "0.4",
        "name": "toolpost",
        "display_name": "toolpost",
        "version": __version__,
        "description": "Tools by plugins, with shared policies around every call.",
        "long_description": _words(plugins),
        "author": {"name": "The toolpost authors"},
        "icon": ICON,
        "server": {"type": "uv", "entry_point": ENTRY_POINT, "mcp_config": _start(asked, "pictures" in plugins)},
        "tools": [{"name": tool.name, "description": _sentence(tool)} for tool in sorted(tools, key=lambda t: t.name)],
        "tools_generated": True,
        "prompts_generated": True,
        "keywords": ["mcp", "tools", "plugins", "images", "chat"],
        "license": "MIT",
        "privacy_policies": [url for plugin, url in POLICIES.items() if plugin in plugins],
        "user_config": config,
        "compatibility": {"platforms": ["darwin", "win32", "linux"], "runtimes": {"python": ">=3.11"}},
    }


def _start(asked: Mapping[str, tuple[str, Any]], folders: bool) -> dict[str, Any]:
    variables = {variable: f"${{user_config.{key}}}" for key, (variable, _) in asked.items()}
    more = ["${user_config.picture_folders}"] if folders else []
    return {
        "command": "uv",
        "args": ["run", "--directory", "${__dirname}", ENTRY_POINT, *more],
        "env": {**variables, "TOOLPOST_BUNDLE_VARIABLES": " ".join(variables)},
    }


def _words(plugins: Collection[str]) -> str:
    there = ", ".join(f"`{name}`" for name in plugins)
    return (
        "toolpost runs plugins whose tools a model may call, and keeps policies around every call: personal data is "
        "masked, arguments are checked, answers are kept, and what costs money is written down and bounded.\n\n"
        "What a tool sends, it sends to the service that it is for, and only when it is called; without a key for "
        "OpenAI, a small model on this machine answers. toolpost itself reports to nobody.\n\n"
        f"Plugins: {there}."
    )


def _sentence(tool: Tool) -> str:
    """The first sentence of what a model reads."""
    text = " ".join(tool.words.split())
    return f"{text.partition('. ')[0].removesuffix('.')}."[:200]
