"""Plain types and services that every other room uses; numpy and the standard library only."""
