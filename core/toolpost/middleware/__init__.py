"""The policies that every installation needs, as plugins of the core's own distribution."""
