"""Makes the virtual environment, also where the system's Python comes without venv or pip.

Usage: python scripts/make_venv.py FOLDER
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from system_packages import apt_install


def has_pip(folder: Path) -> bool:
    """Whether the folder already is a virtual environment in which pip runs."""
    python = folder / "bin" / "python"
    return (
        python.exists()
        and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    )


def make_venv(folder: Path) -> bool:
    """Makes or completes the virtual environment; False if the venv module cannot."""
    made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True)
    if made.returncode != 0:
        print(made.stdout + made.stderr, file=sys.stderr)
    return made.returncode == 0 and has_pip(folder)


def main() -> int:
    """Exit code 0 if the folder named on the command line is a working virtual environment afterwards."""
    folder = Path(sys.argv[1])
    if has_pip(folder) or make_venv(folder):
        return 0
    version = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if any(apt_install(package) and make_venv(folder) for package in (version, "python3-venv")):
        return 0
    print(f"No virtual environment could be made: install your system's {version} package.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
