"""Installs a system package where the machine lets us; Python's standard library only."""

from __future__ import annotations

import os
import shutil
import subprocess


def apt_install(package: str) -> bool:
    """Installs a Debian or Ubuntu package as root or through sudo without a password.

    Returns:
        True if the package is installed afterwards; False if this machine has no apt, gives no right to use
        it, or does not know the package.
    """
    if shutil.which("apt-get") is None:
        return False
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (shutil.which("sudo") is None or subprocess.run([*prefix, "true"]).returncode != 0):
        return False
    print(f"Installing the system package {package} with apt-get.", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*prefix, "apt-get", "install", "-y", "--no-install-recommends", package]
    if subprocess.run(install, env=environment).returncode == 0:
        return True
    # The package lists may be missing or old: fetch them and try once more.
    subprocess.run([*prefix, "apt-get", "update"], env=environment)
    return subprocess.run(install, env=environment).returncode == 0
