"""Development on embedded defaults: SQLite and a file-based broker."""

from portal.settings.base import *
from portal.settings.base import VAR_DIR, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="dev-only-key-that-production-refuses")
VAR_DIR.mkdir(parents=True, exist_ok=True)
