"""Answers repeated calls from memory: LRU, time to live, a bound on bytes, one call for many equal ones."""

from toolpost_cache.plugin import Cache as Cache
