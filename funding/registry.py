"""What this app adds to the frame: file holders, document kinds, menu entries."""
