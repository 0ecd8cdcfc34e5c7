"""A pipeline that runs detached: its pid file, supervisor, worker processes and their status."""
