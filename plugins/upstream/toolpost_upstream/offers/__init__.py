"""What servers offer, as tools, resources and prompts of toolpost."""
