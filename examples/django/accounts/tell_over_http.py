"""Sends each revocation to the Opportunities service at once. For that, Django signs an admin's token for itself."""

import json
from datetime import timedelta
from urllib.parse import quote
from urllib.request import Request, urlopen

from django.conf import settings
from django.dispatch import receiver
from rest_framework_simplejwt.tokens import AccessToken

from .user_events import tokens_revoked


@receiver(tokens_revoked)
def tell(user_id, reason, valid_after, **kwargs):
    token = AccessToken()
    token.set_exp(lifetime=timedelta(minutes=1))
    token['user_id'] = 'django'
    token['role'] = 'admin'
    request = Request(
        f'{settings.OPPORTUNITIES_URL}/api/v1/token-revocations/{quote(user_id, safe="")}',
        method='PUT',
        data=json.dumps({'validAfter': valid_after, 'reason': reason}).encode(),
        headers={'Authorization': f'Bearer {token}', 'Content-Type': 'application/json'},
    )
    urlopen(request, timeout=3).close()
