"""The benchmark: production's behaviour without TLS, on a database of its own, with counters in the headers."""

from portal.settings.base import *
from portal.settings.base import MIDDLEWARE

# Data sets are made by load_demo, which only demo settings allow.
DEMO = True
SECRET_KEY = "bench-only-key-that-production-refuses"  # noqa: S105  # guards nothing but made-up data
MIDDLEWARE = [
    "portal.overview.bench.middleware.FloorMiddleware",
    "portal.overview.bench.middleware.CountingMiddleware",
    *MIDDLEWARE,
]
AXES_ENABLED = False
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
