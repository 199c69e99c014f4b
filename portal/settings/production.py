"""Production behind a TLS proxy. Refuses to start on defaults that are only fit for a demo."""

from django.core.exceptions import ImproperlyConfigured

from portal.settings.base import *
from portal.settings.base import CELERY_BROKER_URL, DATABASES, FIELD_KEYS, env

SECRET_KEY = env("SECRET_KEY")
if len(SECRET_KEY) < 40 or SECRET_KEY.startswith("dev-only"):
    raise ImproperlyConfigured("SECRET_KEY must be a secret of at least 40 characters.")
if not FIELD_KEYS:
    raise ImproperlyConfigured("Bank accounts are sealed at rest: set FIELD_KEYS (Fernet keys, the newest first).")
if not DATABASES["default"]["ENGINE"].endswith("postgresql"):
    raise ImproperlyConfigured("Production runs on PostgreSQL: set DATABASE_URL.")
if CELERY_BROKER_URL.startswith("filesystem"):
    raise ImproperlyConfigured("Production needs a real broker: set BROKER_URL.")
if "EMAIL_URL" not in env:
    raise ImproperlyConfigured(
        "Invitations and reminders leave by mail: set EMAIL_URL (consolemail:// only prints them)."
    )

# Counters of floods are shared by all processes; the broker's server has room for them.
if CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CELERY_BROKER_URL,
            "KEY_PREFIX": "portal-cache",
        }
    }

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
