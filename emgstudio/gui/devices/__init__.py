"""The parts of the Devices room."""
