"""The event loop of a server: the one that no plugin ends."""

from toolpost.loops import SturdyLoop as SturdyLoop
from toolpost.loops import options as options
