"""Clients by code: a folder for each, an index that can be rebuilt, names apart and encrypted."""
