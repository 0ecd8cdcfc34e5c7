"""The engine: runs modules, their consumers and background functions. Private."""
