"""Byte transports: one file per way of reaching a device."""
