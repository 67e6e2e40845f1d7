"""Readers for files that other programs wrote."""
