"""Django's command line for this portal. Without settings of its own it works on the demo, like `make demo`."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def ensure_packages() -> None:
    """Go on with the Python of `.venv` when this one lacks the packages; have it set up first when it is missing."""
    python = ROOT / ".venv" / "bin" / "python"
    if (find_spec("django") and find_spec("guardian")) or Path(sys.prefix) == python.parent.parent:
        return
    if not python.exists():
        # Standard output belongs to the command: `seed_acceptance --json` must stay JSON.
        done = subprocess.run(["/bin/sh", str(ROOT / "run"), "setup"], check=False, stdout=sys.stderr)
        if done.returncode:
            sys.exit(done.returncode)
    os.execv(python, [str(python), *sys.argv])  # noqa: S606


if __name__ == "__main__":
    ensure_packages()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.demo")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
