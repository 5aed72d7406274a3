"""Settings with a key pair: use DJANGO_SETTINGS_MODULE=backend.settings_asymmetric, and install requirements-asymmetric.txt."""

from .settings import *

SIMPLE_JWT.update({
    'ALGORITHM': 'EdDSA',
    # The private key, which only Django knows.
    'SIGNING_KEY': (BASE_DIR / 'jwt-private.pem').read_text(),
    # The public key, which is no secret.
    'VERIFYING_KEY': (BASE_DIR / 'jwt-public.pem').read_text(),
})
