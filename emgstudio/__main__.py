"""``python -m emgstudio``."""

import sys

from emgstudio.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
