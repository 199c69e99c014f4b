"""The rule catalogue of the measures: plain Python over frozen facts, no Django."""
