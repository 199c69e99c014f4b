"""Pages of units and consortia."""
