"""toolpost as an OAuth 2.1 resource server: tokens of an authorization server, checked here (MCP, authorization)."""
