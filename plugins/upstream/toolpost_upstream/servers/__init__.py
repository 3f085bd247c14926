"""The servers of others, as the configuration and people's files have them."""
