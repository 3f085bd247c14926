"""`toolpost chat`: the same conversations and the same tools, in a terminal."""

from toolpost_gateway.terminal.command import command as command
