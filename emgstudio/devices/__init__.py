"""Everything between a sensor and a stream of samples."""
