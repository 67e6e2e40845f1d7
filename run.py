"""Set EMG Studio up and start it: ``python3 run.py``. Standard library only, any system.

``python3 run.py`` starts the app on the simulated device (without a screen: the
headless demo), ``python3 run.py record …`` passes everything on to the command
line, ``python3 run.py test`` runs every check.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "emgstudio.json"
OLDEST = (3, 11)

# The same device as "Try the demo": that would connect a second person otherwise.
APP = ["--connect", "sim:gestures"]
DEMO = ["demo", "--headless"]
WINDOW_COMES = "The window opens on a simulated person …"
NO_DISPLAY = "There is no display: the demo runs without a window, for about a minute …"
NO_QT = ["-p", "tests.no_qt", "-p", "no:pytest-qt"]
NEXT, LATER = (["nice", "-n", n] if shutil.which("nice") else [] for n in ("5", "10"))
# They mostly wait for devices and windows, so the lanes run side by side; the first is shown.
# Devices send in real time whether they are read or not: on a busy machine flows come first,
# then the longest lane.
LANES: tuple[tuple[tuple[str, list[str | Path]], ...], ...] = (
    (("tests of windows", [*NEXT, PYTHON, "-m", "pytest", "tests/gui"]),),
    (("flows, Qt absent", [PYTHON, "-m", "pytest", *NO_QT, "tests/flow"]),),
    (("units, Qt absent", [*LATER, PYTHON, "-m", "pytest", *NO_QT, "tests/unit"]),),
    (
        ("ruff check", [*LATER, PYTHON, "-m", "ruff", "check"]),
        ("ruff format", [*LATER, PYTHON, "-m", "ruff", "format", "--check"]),
        ("mypy", [*LATER, PYTHON, "-m", "mypy"]),
        ("import-linter", [*LATER, BIN / "lint-imports"]),
        ("golden, contracts", [*LATER, PYTHON, "-m", "pytest", "tests/golden", "tests/contracts"]),
    ),
)

# What PySide6's wheels take from the system: (Debian, Fedora, Arch) package by library.
LIBRARIES = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render-util.so.0": (
        "libxcb-render-util0",
        "xcb-util-renderutil",
        "xcb-util-renderutil",
    ),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
}
FONTS = ("fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
DBUS = ("dbus-daemon", "dbus-daemon", "dbus")
INSTALLERS = ("apt-get", "dnf", "pacman")
INSTALL_LINES = ("apt-get install -y", "dnf install -y", "pacman -S --needed")


def main(arguments: list[str]) -> int:
    """Set up, then run what was asked for; the exit code."""
    if sys.version_info < OLDEST:
        return complain(f"EMG Studio needs Python 3.11 or newer, this is {sys.version.split()[0]}.")
    testing = arguments[:1] == ["test"]
    window = not arguments and has_display()
    if not set_up("test" if testing else ""):
        return 1
    if not qt_libraries_ready() and (testing or window):
        return 1
    if testing:
        prepare_bluetooth_tests()
        return check_everything()
    if not arguments:
        say(WINDOW_COMES if window else NO_DISPLAY)
    return start(arguments or (APP if window else DEMO))


def has_display() -> bool:
    """Whether a window could be shown."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def start(arguments: list[str]) -> int:
    """Become ``python -m emgstudio ARGUMENTS``."""
    command = [str(PYTHON), "-m", "emgstudio", *arguments]
    # Windows has no exec: the shell would not wait for the new process.
    if os.name != "nt":
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.call(command)


def wanted_stamp() -> str:
    """Changes whenever the environment would have to be made anew."""
    parts = [(ROOT / "pyproject.toml").read_bytes(), f"{sys.version_info[:2]} {ROOT}".encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def stamped(extra: str) -> bool:
    """Whether the last set-up still fits; the tools for tests include the app."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
        return stamp["for"] == wanted_stamp() and extra in ("", stamp["extra"])
    except (OSError, ValueError, TypeError, KeyError):
        return False


def set_up(extra: str) -> bool:
    """Make ``.venv`` hold the app (and with ``extra`` "test" the tools); False after a failure."""
    if PYTHON.exists() and stamped(extra):
        return True
    if not PYTHON.exists() or not same_python():
        if not venv_ready():
            return False
        say("Making the Python environment .venv …")
        if run([sys.executable, "-m", "venv", "--clear", str(VENV)]) != 0:
            complain("The environment .venv could not be made.")
            return False
    STAMP.unlink(missing_ok=True)
    say("Installing EMG Studio and what it needs (a few minutes the first time) …")
    what = f"{ROOT}[{extra}]" if extra else str(ROOT)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if run([*pip, "--editable", what]) != 0:
        complain("The installation failed: see above. Is there a connection to the internet?")
        return False
    STAMP.write_text(json.dumps({"for": wanted_stamp(), "extra": extra}), "utf-8")
    return True


def same_python() -> bool:
    """Whether .venv was made by this version of Python."""
    try:
        text = (VENV / "pyvenv.cfg").read_text("utf-8")
    except OSError:
        return False
    found = re.search(r"^version\s*=\s*(\d+)\.(\d+)", text, re.MULTILINE)
    return found is not None and found.groups() == tuple(map(str, sys.version_info[:2]))


def venv_ready() -> bool:
    """Debian and Ubuntu ship Python without the parts that make environments."""
    try:
        import ensurepip
        import venv

        return bool(ensurepip.version() and venv.__name__)
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        return install_system([(package, "python3", "python")], "to make environments")


def missing_packages() -> list[tuple[str, str, str]]:
    """The system packages that Qt would miss on this Linux, as (Debian, Fedora, Arch)."""
    missing = [names for library, names in LIBRARIES.items() if not loads(library)]
    if not any(has_font(Path(folder).expanduser()) for folder in FONT_FOLDERS):
        missing.append(FONTS)
    return missing


def loads(library: str) -> bool:
    """Whether the system's loader finds the library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font(folder: Path) -> bool:
    """Whether there is a font in the folder or below."""
    return any(path.suffix in (".ttf", ".otf", ".ttc") for path in folder.rglob("*.?t?"))


def qt_libraries_ready() -> bool:
    """Install what Qt lacks where that is possible, otherwise say how."""
    if not sys.platform.startswith("linux"):
        return True
    missing = missing_packages()
    return not missing or install_system(missing, "to show windows")


def prepare_bluetooth_tests() -> None:
    """Bluetooth is tested against an emulated BlueZ, which needs a D-Bus daemon."""
    if sys.platform.startswith("linux") and not shutil.which("dbus-daemon"):
        install_system([DBUS], "to test Bluetooth (those tests are skipped without)")


def install_system(packages: list[tuple[str, str, str]], purpose: str) -> bool:
    """Install with apt-get when root on Debian or Ubuntu, otherwise print the exact line."""
    found = [n for n, installer in enumerate(INSTALLERS) if shutil.which(installer)]
    by_installer = [" ".join(sorted({names[n] for names in packages})) for n in range(3)]
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if found[:1] == [0] and root:
        say(f"Installing what is missing {purpose}: {by_installer[0]}")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends"]
        if run(["apt-get", "update", "-qq"], quiet) == 0:
            return run([*install, *by_installer[0].split()], quiet) == 0
    complain(f"Something is missing on this computer {purpose}. Please install it:")
    for n in found or range(3):
        say(f"    sudo {INSTALL_LINES[n]} {by_installer[n]}")
    return False


def check_everything() -> int:
    """Run every check, also after a failure; the table of what passed comes last."""
    rows, began = [], time.monotonic()
    counts = dict.fromkeys(("failed", "passed", "skipped", "error"), 0)
    last_lines = []
    with ThreadPoolExecutor(len(LANES)) as pool:
        aside = [pool.submit(ran_aside, lane) for lane in LANES[1:]]
        for name, command in LANES[0]:
            say(f"\n=== {name} ===")
            at = time.monotonic()
            code, last_line = shown(started(command))
            rows.append((name, code, time.monotonic() - at))
            last_lines.append(last_line)
        for name, code, lines, seconds in (done for lane in aside for done in lane.result()):
            say("\n".join([f"\n=== {name} ===", *lines]))
            rows.append((name, code, seconds))
            last_lines.append(lines[-1] if lines else "")
    for number, word in re.findall(r"(\d+) (failed|passed|skipped|error)", " ".join(last_lines)):
        counts[word] += int(number)
    say("")
    for name, code, seconds in rows:
        say(f"{'passed' if code == 0 else 'FAILED'}  {name:18}{seconds:7.1f} s")
    summary = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    say(f"===== {summary or 'no tests'} in {time.monotonic() - began:.1f}s =====")
    return int(any(code != 0 for _, code, _ in rows))


def ran_aside(
    lane: Sequence[tuple[str, list[str | Path]]],
) -> list[tuple[str, int, list[str], float]]:
    """Run the checks of a lane one after the other: name, exit code, lines and seconds of each."""
    done = []
    for name, command in lane:
        at = time.monotonic()
        with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
            code = started(command, output).wait()
            output.seek(0)
            lines = [line.rstrip("\n") for line in output]
        done.append((name, code, lines, time.monotonic() - at))
    return done


def started(command: Sequence[str | Path], output: IO[str] | None = None) -> subprocess.Popen[str]:
    """Start a command whose output goes to ``output``, or can be read from it."""
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        stdout=output or subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def shown(running: subprocess.Popen[str]) -> tuple[int, str]:
    """Pass the output of a command on; its exit code and last line."""
    with running as process:
        last_line = ""
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            last_line = line.strip() or last_line
    return process.returncode, last_line


def run(command: list[str], env: dict[str, str] | None = None) -> int:
    """Run a command and return its exit code."""
    sys.stdout.flush()
    return subprocess.call(command, env=env)


def say(text: str) -> None:
    """Tell the person in front of the terminal."""
    print(text, flush=True)


def complain(text: str) -> int:
    """Tell what went wrong; the exit code for it."""
    print(text, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
