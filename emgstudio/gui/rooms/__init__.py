"""The rooms of the window, each a view of the session."""
