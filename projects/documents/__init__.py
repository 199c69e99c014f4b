"""Documents, one module a part."""
