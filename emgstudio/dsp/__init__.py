"""Signal processing: functions and small stateful filters on (n_samples, n_channels) arrays."""
