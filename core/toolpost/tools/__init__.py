"""Tools, calls, results and the context of a call: the words every other floor uses."""
