"""The engine behind the contract: runs modules, their consumers and background functions. Private."""
