"""Settings: base for all, dev and demo on embedded defaults, test, production."""
