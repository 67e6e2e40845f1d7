"""One file per room of the rail."""
