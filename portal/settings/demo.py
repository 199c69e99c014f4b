"""The demo year: like dev, in a folder of its own, with demo accounts that production refuses."""

import os
from pathlib import Path

# Set before the base settings read it: every command finds the database that `make demo` loaded.
os.environ.setdefault("VAR_DIR", str(Path(__file__).resolve().parent.parent.parent / "var" / "demo"))

from portal.settings.dev import *

DEMO = True
