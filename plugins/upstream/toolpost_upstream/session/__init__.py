"""What is said to a server over a way to it: who we are, what it offers, what we ask of it."""
