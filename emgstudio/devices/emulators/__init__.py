"""The other end of every driver, for tests, demos and teaching."""
