"""Words for what went wrong: descriptions, suggestions, rate-limited logs."""
