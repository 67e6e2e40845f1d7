"""Parts of rooms: lists, toolbars and small forms."""
