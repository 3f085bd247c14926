"""What `toolpost plugins new` writes."""
