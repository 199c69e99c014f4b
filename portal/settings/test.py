"""Tests: fast hashes, mail in memory, tasks run where they are called unless a real worker is asked for."""

import tempfile
from pathlib import Path

from portal.settings.base import DATABASES, env
from portal.settings.dev import *

DEMO = True
SECRET_KEY = "test-key"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=tempfile.mkdtemp(prefix="portal-test-")))
AXES_ENABLED = False
CELERY_TASK_ALWAYS_EAGER = not env.bool("TEST_REAL_WORKER", default=False)
CELERY_TASK_EAGER_PROPAGATES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Tests lose nothing on a power cut; threads of the browser tests need a file, not memory.
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
    )
# Nothing is collected for tests; without this WhiteNoise warns about the missing folder, and warnings are errors.
WHITENOISE_AUTOREFRESH = True
