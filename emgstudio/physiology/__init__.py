"""Models of the body behind the signal; filled by the virtual patient."""
