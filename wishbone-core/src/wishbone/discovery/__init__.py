"""Finds what is installed: modules and codecs by entry points, plugins by pluggy."""
