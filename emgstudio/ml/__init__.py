"""Gestures: cues, data sets, classifiers, models and live decisions."""
