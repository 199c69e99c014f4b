"""Admin of the life cycle, one module a part; each is imported here so that it registers."""
