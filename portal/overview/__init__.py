"""Composition root: the only package, with portal.urls, that may see every app."""
