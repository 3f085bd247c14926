"""`POST /v1/responses`, and the answers that are kept."""
