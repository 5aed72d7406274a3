"""The settings of `django-admin startproject`, except for values from .env. The part for the Opportunities service is at the end."""

from pathlib import Path

from decouple import Csv, config

BASE_DIR = Path(__file__).resolve().parent.parent

# Django's own secret, e.g. for sessions. It has to differ from JWT_SECRET, which a second service knows.
SECRET_KEY = config('DJANGO_SECRET_KEY')

DEBUG = config('DJANGO_DEBUG', default=False, cast=bool)

ALLOWED_HOSTS = config('DJANGO_ALLOWED_HOSTS', default='localhost,127.0.0.1', cast=Csv())

INSTALLED_APPS = [
    'django.contrib.admin',
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.sessions',
    'django.contrib.messages',
    'django.contrib.staticfiles',
]

MIDDLEWARE = [
    'django.middleware.security.SecurityMiddleware',
    'django.contrib.sessions.middleware.SessionMiddleware',
    'django.middleware.common.CommonMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware',
    'django.middleware.clickjacking.XFrameOptionsMiddleware',
]

ROOT_URLCONF = 'backend.urls'

TEMPLATES = [
    {
        'BACKEND': 'django.template.backends.django.DjangoTemplates',
        'DIRS': [],
        'APP_DIRS': True,
        'OPTIONS': {
            'context_processors': [
                'django.template.context_processors.request',
                'django.contrib.auth.context_processors.auth',
                'django.contrib.messages.context_processors.messages',
            ],
        },
    },
]

WSGI_APPLICATION = 'backend.wsgi.application'

DATABASES = {
    'default': {
        'ENGINE': 'django.db.backends.sqlite3',
        'NAME': BASE_DIR / 'db.sqlite3',
    }
}

AUTH_PASSWORD_VALIDATORS = [
    {'NAME': 'django.contrib.auth.password_validation.UserAttributeSimilarityValidator'},
    {'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator'},
    {'NAME': 'django.contrib.auth.password_validation.CommonPasswordValidator'},
    {'NAME': 'django.contrib.auth.password_validation.NumericPasswordValidator'},
]

LANGUAGE_CODE = 'en-us'
TIME_ZONE = 'UTC'
USE_I18N = True
USE_TZ = True

STATIC_URL = 'static/'

DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'

# --- Tokens for the Opportunities service -----------------------------------------------------------------------------

from datetime import timedelta

from decouple import Csv, config
from django.core.exceptions import ImproperlyConfigured

# The same text as JWT_SECRET of the Opportunities service. There is no default, so that Django does not start without a secret.
JWT_SECRET = config('JWT_SECRET')
# The previous secret, while the secret is being changed. Refresh tokens that were signed with it still work.
JWT_SECRET_PREVIOUS = config('JWT_SECRET_PREVIOUS', default='')
if len(JWT_SECRET.encode()) < 32:
    raise ImproperlyConfigured('JWT_SECRET must have at least 32 bytes. Make one with: openssl rand -hex 32')

INSTALLED_APPS += [
    'rest_framework',
    'rest_framework_simplejwt',
    'rest_framework_simplejwt.token_blacklist',  # Logout and BLACKLIST_AFTER_ROTATION need this app.
    'corsheaders',
    'accounts',
]

MIDDLEWARE.insert(0, 'corsheaders.middleware.CorsMiddleware')

# Origins of browser apps that call Django: https://app.example.org,http://localhost:5173. Mobile apps and services need none.
CORS_ALLOWED_ORIGINS = config('CORS_ALLOWED_ORIGINS', default='', cast=Csv())

REST_FRAMEWORK = {
    'DEFAULT_AUTHENTICATION_CLASSES': ('rest_framework_simplejwt.authentication.JWTAuthentication',),
    # The limit counts per address, and in each process unless CACHES is shared. Behind a proxy, set NUM_PROXIES.
    'DEFAULT_THROTTLE_CLASSES': ('rest_framework.throttling.ScopedRateThrottle',),
    'DEFAULT_THROTTLE_RATES': {'login': '20/minute'},
}

SIMPLE_JWT = {
    # A user who was demoted or deactivated keeps the old rights until the access token expires.
    'ACCESS_TOKEN_LIFETIME': timedelta(minutes=15),
    # An app stays logged in for this long without asking for the password.
    'REFRESH_TOKEN_LIFETIME': timedelta(days=7),
    'ROTATE_REFRESH_TOKENS': False,
    # This setting has an effect only when refresh tokens rotate.
    'BLACKLIST_AFTER_ROTATION': True,
    'ALGORITHM': 'HS256',
    'SIGNING_KEY': JWT_SECRET,
    'AUTH_HEADER_TYPES': ('Bearer',),
    'AUTH_TOKEN_CLASSES': ('rest_framework_simplejwt.tokens.AccessToken',),
}

# --- Optional: tell the Opportunities service whose tokens are revoked ------------------------------------------------

# Set to e.g. https://opportunities.example.org, Django sends revocations over HTTP. Unset, it sends none over HTTP.
OPPORTUNITIES_URL = config('OPPORTUNITIES_URL', default='')
# Set to e.g. kafka1:9092,kafka2:9092, Django publishes revocations on a topic, with kafka-python. Unset, it publishes none.
KAFKA_BROKERS = config('KAFKA_BROKERS', default='', cast=Csv())
# The topic's name, which has to be the same in the Opportunities service.
KAFKA_USER_EVENTS_TOPIC = config('KAFKA_USER_EVENTS_TOPIC', default='users.events.v1')
