"""The annotation editor of the Review room: tracks, suggestions, flow mode, agreement."""
