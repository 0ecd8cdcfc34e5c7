"""Compiles templates and expressions with Jinja2. Private."""
