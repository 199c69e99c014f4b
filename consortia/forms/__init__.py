"""Forms of units, people and consortia."""
