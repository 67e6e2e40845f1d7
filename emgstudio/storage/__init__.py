"""Recordings on disk: written crash-safely, read lazily."""
