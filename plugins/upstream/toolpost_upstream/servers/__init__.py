"""The servers of others, as the configuration and people's files have them."""

from toolpost_upstream.servers.gathering import gather as gather
from toolpost_upstream.servers.server import OAuth as OAuth
from toolpost_upstream.servers.server import Server as Server
from toolpost_upstream.servers.settings import Servers as Servers
from toolpost_upstream.servers.settings import ServerSettings as ServerSettings
