"""The parts of the Review room: what is open, where one looks, and how labels are edited."""
