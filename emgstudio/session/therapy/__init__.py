"""A therapy session: what is to be done, how it goes, what the client sees of it."""
