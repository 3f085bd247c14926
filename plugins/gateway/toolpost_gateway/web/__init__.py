"""Conversations over HTTP, and the page on which people have them."""

from toolpost_gateway.web.routes import routes as routes
