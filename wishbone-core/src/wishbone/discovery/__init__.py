"""Finds installed modules and codecs by their entry points, and plugins by pluggy."""
