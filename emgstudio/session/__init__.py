"""One Session composes devices, storage and learning; no Qt, no argparse."""
