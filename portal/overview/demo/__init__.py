"""The demo year: invented people and units that walk through the real actions. Only where settings.DEMO is true."""
