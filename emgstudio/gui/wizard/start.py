"""Where Calibrate can be asked to begin, by name."""

from __future__ import annotations

NEW_DAY = "new day"
"""The quick update of a saved model."""
MODELS = "models"
"""The saved models."""
SEND_DECISIONS = "send decisions"
"""Where decisions go."""
