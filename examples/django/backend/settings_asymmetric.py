"""The same backend with a key pair: DJANGO_SETTINGS_MODULE=backend.settings_asymmetric, and requirements-asymmetric.txt."""

from .settings import *

SIMPLE_JWT.update({
    'ALGORITHM': 'EdDSA',
    # Known to Django alone.
    'SIGNING_KEY': (BASE_DIR / 'jwt-private.pem').read_text(),
    # Everybody may have it.
    'VERIFYING_KEY': (BASE_DIR / 'jwt-public.pem').read_text(),
})
