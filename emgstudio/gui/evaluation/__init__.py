"""Tests of control with a saved or fresh model: choose one, do it, read what came of it."""
