"""Plugins that run apart from the host: in a process of their own that speaks MCP over pipes, or on a loop of theirs.

Apart is the plugin alone. Its layers' places, its callers and all policies stay with the host, so nothing here is a
policy. A process keeps a plugin from ending, blocking or filling the host; it does not keep one from the files of the
person who runs it.
"""
