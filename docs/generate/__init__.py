"""Writes the reference: what the packages that are installed say about themselves."""
