"""OpenAI's API as clients speak it: what they send becomes a request of ours, what happens becomes their answer."""
