"""HTTP: MCP for many clients at one address, and the routes of plugins beside it.

Everything here is imported only where HTTP is served.
"""
