"""Helps to report errors: descriptions of exceptions, suggestions, rate-limited logs."""
