"""Forms, one module a part."""
