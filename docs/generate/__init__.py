"""Writes the reference from the docstrings, schemas and help texts of the installed packages."""
