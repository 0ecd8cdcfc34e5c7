"""A pipeline that runs detached: its pid file, the supervisor, the worker processes, what they tell."""
