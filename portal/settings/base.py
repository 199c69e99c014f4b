"""What every environment shares. Everything that differs comes from the environment."""

from pathlib import Path

import environ
from celery.schedules import crontab
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))

DEBUG = False
# Fernet keys of bank accounts at rest, the newest first; empty: one made of SECRET_KEY, which production refuses.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
DEMO = False
# Printed on the demo's login page; where DEMO is False it lets nobody in and cannot be chosen.
DEMO_PASSWORD = "kechuang-demo-2025"  # noqa: S105
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Links in mails and QR codes never come from the request's Host header.
SITE_URL = env("SITE_URL", default="http://localhost:8000")

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "consortia.apps.ConsortiaConfig",
    "projects.apps.ProjectsConfig",
    "funding.apps.FundingConfig",
    "reviews.apps.ReviewsConfig",
    "portal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "guardian",
    "rules.apps.AutodiscoverRulesConfig",
    "import_export",
    "axes",
    "csp",
    "django_htmx",
    "django_celery_beat",
    "django_otp",
    "django_otp.plugins.otp_totp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.HostileInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.RequestContextMiddleware",
    "portal.middleware.AccessMiddleware",
    "portal.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.context.shell",
            ],
            "builtins": ["portal.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "portal.forms.PortalRenderer"

# An empty DATABASE_URL, as a compose file without a value passes it on, means the same as none.
DATABASES = {"default": env.db_url_config(env.str("DATABASE_URL", "") or f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Measured: 0 errors with 8 writing threads; Django's defaults gave thousands of "database is locked".
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # For bundles only, which prepare by themselves (portal/bundle.py): Django's own cursors bind in the client.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 5)

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "rules.permissions.ObjectPermissionBackend",
    "portal.backends.PortalBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "portal.backends.PublishedPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "public_home"
# guardian: grants only (auditors, member-unit staff); its backend stays out of the hot path.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "portal/lockout.html"
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "portal.addresses.client_address"
# How many proxies of ours stand in front.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(VAR_DIR / "files")))
FONT_CACHE = Path(env("FONT_CACHE", default=str(BASE_DIR / "var" / "fonts")))
X_ACCEL_PREFIX = env("X_ACCEL_PREFIX", default="")
UPLOAD_MAX_BYTES = 50 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
DATA_UPLOAD_MAX_NUMBER_FILES = 30
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# "/run/clamav/clamd.ctl" or "tcp://clamav:3310"; empty: files are not scanned.
CLAMD_SOCKET = env("CLAMD_SOCKET", default="")
CLAMD_TIMEOUT = env.float("CLAMD_TIMEOUT", default=15.0)  # seconds for a whole scan

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_SAVE_EVERY_REQUEST = False
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

CELERY_BROKER_URL = env("BROKER_URL", default="filesystem://")
# A queue of its own for PDFs; a worker without -Q takes both.
CELERY_TASK_QUEUES = [Queue("celery"), Queue("pdf")]
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_TASK_PUBLISH_RETRY = False
if CELERY_BROKER_URL.startswith("filesystem"):
    # One folder is both inbox and outbox, so that web and worker meet without a server.
    _broker = VAR_DIR / "broker"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
    for _folder in ("queue", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
else:
    # Longer than the longest task (600 s), or a slow one would be executed twice.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 900, "socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "portal.tasks.sweep", "schedule": 30.0},
    "scan": {"task": "portal.tasks.scan_waiting", "schedule": 60.0},
    "watch": {"task": "portal.tasks.watch_files", "schedule": crontab(hour=3, minute=20)},
    "reminders": {"task": "projects.tasks.send_reminders", "schedule": crontab(minute="*/10")},
    "letters": {"task": "reviews.tasks.sweep_feedback", "schedule": crontab(minute="*/10")},
    "notices": {"task": "projects.tasks.close_due_notices", "schedule": crontab(minute="*/10")},
    "imports": {"task": "consortia.tasks.sweep_imports", "schedule": 60.0},
    "ledgers": {"task": "funding.tasks.sweep_imports", "schedule": 60.0},
    "audits": {"task": "funding.tasks.refresh_audit_grants", "schedule": crontab(minute=5)},
    "packages": {"task": "funding.tasks.sweep_audit_packages", "schedule": 60.0},
    "budgets": {"task": "funding.tasks.tell_budget_alerts", "schedule": crontab(hour=8, minute=30)},
    "draws": {"task": "reviews.tasks.sweep_draws", "schedule": 60.0},
    "lexicon": {"task": "funding.tasks.sweep_lexicon_tests", "schedule": 60.0},
}

# EMAIL_URL such as smtp+tls://user:password@mail.example:587; the default prints mails to the worker's log.
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="科创协同项目管理平台 <noreply@localhost>")

PDF_FONTS = {}  # role -> file, so that the center can drop in its licensed faces: {"fangsong": "/…/simfang.ttf"}
MEASURES_FOLDERS = env.list("MEASURES_FOLDERS", default=[])
SITE_RECORD = {
    "icp": env("ICP_RECORD", default="ICP 备案号待配置"),
    "police": env("POLICE_RECORD", default="公安备案号待配置"),
    "contact": env("CONTACT_PHONE", default="联系电话待配置"),
}
# Printed on official papers as the way to reach the center.
OFFICE = {
    "department": env("OFFICE_DEPARTMENT", default="北京市科学技术协会创新服务中心项目管理部"),
    "person": env("OFFICE_PERSON", default="联系人待配置"),
    "phone": env("OFFICE_PHONE", default="联系电话待配置"),
    "support_phone": env("OFFICE_SUPPORT_PHONE", default=""),
    "supervision_phone": env("OFFICE_SUPERVISION_PHONE", default="监督电话待配置"),
    "email": env("OFFICE_EMAIL", default="电子邮箱待配置"),
    "address": env("OFFICE_ADDRESS", default="通讯地址待配置"),
    "postcode": env("OFFICE_POSTCODE", default="邮编待配置"),
    "account_name": env("OFFICE_ACCOUNT_NAME", default="收款户名待配置"),
    "bank": env("OFFICE_BANK", default="开户行待配置"),
    "account_number": env("OFFICE_ACCOUNT_NUMBER", default="收款账号待配置"),
    "representative": env("OFFICE_REPRESENTATIVE", default="授权代表待配置"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # It warns about the missing host name of the file-based broker, which has none.
    "loggers": {"kombu.connection": {"level": "ERROR"}},
}
