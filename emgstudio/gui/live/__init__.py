"""Parts of the Live room: display choices, filter, spectrogram, levels, marks, keys."""
