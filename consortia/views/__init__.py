"""Views, one module a part."""
