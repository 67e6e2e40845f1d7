"""The pages of the Calibrate room."""
