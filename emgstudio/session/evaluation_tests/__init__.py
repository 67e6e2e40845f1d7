"""Tests of control with live decisions: reaching postures, Fitts' law, staying at rest."""
