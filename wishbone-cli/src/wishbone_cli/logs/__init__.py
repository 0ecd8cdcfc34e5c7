"""What becomes of the logs of all modules: formatted, rate-limited, written."""
