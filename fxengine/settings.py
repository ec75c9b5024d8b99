"""Read every setting from the environment, once, loudly: all that is missing is named in one message."""

import socket
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from fxengine.logging import configure

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(env.str("FX_ENV_FILE", default=str(BASE_DIR / ".env")))


def _required(*names: str) -> None:
    missing = [name for name in names if not env.str(name, default="")]
    if missing:
        raise ImproperlyConfigured(f"Set {', '.join(missing)} (see .env.example).")


_required("DJANGO_SECRET_KEY", "FX_SECRET_KEYS", "DATABASE_URL", "REDIS_URL")

# What this installation is.
FX_ENVIRONMENT = env.str("FX_ENVIRONMENT", default="live")
if FX_ENVIRONMENT not in ("live", "demo"):
    raise ImproperlyConfigured("FX_ENVIRONMENT must be live or demo.")
FX_DEMO = FX_ENVIRONMENT == "demo"
FX_DEMO_MARKET_URL = env.str("FX_DEMO_MARKET_URL", default="http://127.0.0.1:8100")
FX_PUBLIC_READ = env.bool("FX_PUBLIC_READ", default=FX_DEMO)
FX_CONTACT = env.str("FX_CONTACT", default="")
_INTRODUCTION = "; ".join(filter(None, ("self-hosted rate engine", FX_CONTACT)))
FX_USER_AGENT = env.str("FX_USER_AGENT", default="") or f"fxengine/0.1 ({_INTRODUCTION})"
FX_ALLOW_PRIVATE_SOURCES = env.bool("FX_ALLOW_PRIVATE_SOURCES", default=FX_DEMO)
FX_KEY_PREFIX = env.str("FX_KEY_PREFIX", default="fx")

# What a first start tracks and polls; afterwards the admin rules.
TRACKED_CURRENCIES = env.str("TRACKED_CURRENCIES", default="USD,EUR,GBP,AUD,CAD,CHF,CNY,INR,JPY").split(",")
WORKER_BASE_CURRENCIES = env.list("WORKER_BASE_CURRENCIES", default=[])
WORKER_TARGET_CURRENCIES = env.list("WORKER_TARGET_CURRENCIES", default=[])
WORKER_UPDATE_INTERVAL_SECONDS = env.int("WORKER_UPDATE_INTERVAL", default=2 if FX_DEMO else 60)
PRIMARY_PROVIDER = env.str("PRIMARY_PROVIDER", default="openexchangerates")

# How long things are kept.
ON_DEMAND_TTL_SECONDS = env.int("ON_DEMAND_TTL_SECONDS", default=30)
TICK_RETENTION = timedelta(days=env.int("TICK_RETENTION_DAYS", default=30))
RATE_RETENTION = timedelta(days=int(env.str("RATE_RETENTION_DAYS", default="") or 0)) or None
POLL_RETENTION = timedelta(days=7)
# The longest pause of a breaker. In a demo nobody is spared by it, and a mended vendor is to be seen at once.
BREAKER_LIMIT = timedelta(seconds=env.int("FX_BREAKER_LIMIT_SECONDS", default=2 if FX_DEMO else 86_400))

# Secrets.
SECRET_KEY = env.str("DJANGO_SECRET_KEY")
FX_SECRET_KEYS = env.list("FX_SECRET_KEYS")

# Web.
DEBUG = False
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DJANGO_CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "fxengine.urls"
ASGI_APPLICATION = "fxengine.asgi.application"
APPEND_SLASH = False
_SECURE = env.bool("FX_HTTPS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _SECURE
SECURE_REDIRECT_EXEMPT = ["^livez$", "^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _SECURE else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "csp",
    "django_celery_beat",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "simple_history",
    "providers",
    "rates",
    "conversions",
    "streaming",
    "fxengine",
]
MIDDLEWARE = [
    "fxengine.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "fxengine.middleware.relax_admin",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
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
            ]
        },
    }
]
STATIC_URL = "static/"
# A folder that `collectstatic` filled: hashed, compressed, immutable. Without: straight from packages.
STATIC_ROOT = env.str("FX_STATIC_ROOT", default="") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
_STATIC_STORAGE = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": _STATIC_STORAGE if STATIC_ROOT else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# PostgreSQL: in the web a pool that answers within 5 s, elsewhere one connection a thread.
_POOLED = env.bool("FX_DATABASE_POOL", default=False)
DATABASES = {"default": env.db("DATABASE_URL", engine="django.db.backends.postgresql")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": 0 if _POOLED else None,
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 3,
        "tcp_user_timeout": 5000,
        "options": "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s",
    },
}
if _POOLED:
    # The default doubles its pauses between tries: a long outage would heal half a minute late.
    _POOL = {"min_size": 1, "max_size": 8, "timeout": 3, "reconnect_timeout": 0.5}
    DATABASES["default"]["OPTIONS"]["pool"] = _POOL
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: a silently lost path is noticed within seconds, not never.
REDIS_URL = env.str("REDIS_URL")
_KEEPALIVE = {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 3000}
REDIS_KEEPALIVE = {getattr(socket, name): n for name, n in _KEEPALIVE.items() if hasattr(socket, name)}
REDIS_OPTIONS: dict[str, Any] = {
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "socket_keepalive_options": REDIS_KEEPALIVE,
    "health_check_interval": 5,
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{FX_KEY_PREFIX}:cache",
        "OPTIONS": REDIS_OPTIONS | {"socket_timeout": 2},
    }
}
CHANNEL_LAYERS: dict[str, Any] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL} | REDIS_OPTIONS], "prefix": f"{FX_KEY_PREFIX}:layer"},
    }
}

# Celery: threads, because polling waits; a poll that is lost is worth nothing, so it is acknowledged early.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_OPTIONS | {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "global_keyprefix": f"{FX_KEY_PREFIX}:celery:",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULER = "fxengine.beat:Scheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["fxengine.access.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["fxengine.access.PublicRead"],
    "DEFAULT_PARSER_CLASSES": ["fxengine.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "fxengine.renderers.JSONRenderer",
        "fxengine.renderers.BrowsableRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "fxengine.exceptions.problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "FX Engine",
    "VERSION": "1",
    "DESCRIPTION": "Trustworthy foreign-exchange rates, and conversions with a receipt that explains itself.",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "EnvironmentEnum": ["live", "demo"],
        "SimulatedEnum": ["demo"],
        "SourceStateEnum": ["off", "idle", "waiting", "ok", "failing"],
        "BreakerStateEnum": ["closed", "open", "half_open", "held"],
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "fxengine.openapi.complete"],
}

TIME_ZONE = "UTC"

LOGGING_CONFIG = None
configure(env.str("FX_LOG_FORMAT", default="auto"), sys.stderr.isatty())

UNFOLD: dict[str, Any] = {"SITE_TITLE": "FX Engine", "SITE_HEADER": "FX Engine", "SITE_URL": "/"}
if FX_DEMO:
    UNFOLD["ENVIRONMENT"] = "fxengine.admin.environment_label"
