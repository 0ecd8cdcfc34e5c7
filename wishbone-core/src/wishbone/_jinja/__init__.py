"""Compiles templates and expressions. Private."""
