"""How to install what only some people need: for the Python that runs this program."""

import sys


def install_line(package: str) -> str:
    """The command that installs ``package``, such as ``emgstudio[sound]``.

    ``pip`` alone would be that of another Python where the program has an environment of its own.
    """
    python = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f'{python} -m pip install "{package}"'
