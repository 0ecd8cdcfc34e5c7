"""Writes the logs of all modules: formatted and rate-limited."""
