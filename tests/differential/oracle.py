"""
Runs simplejwt and answers questions about it. Each line on standard input is a question in JSON, and each line on standard output its answer:

{"settings": {SIMPLE_JWT}, "now": milliseconds, "do": "issue", "user": {fields}, "custom": {claims}, "loginAgo": milliseconds}
    -> {kind: token}
{"settings": ..., "now": ..., "do": "judge", "tokens": [...] or "headers": [...]} -> [judgement, ...]

When simplejwt cannot do something at all, the answer is {"error": "why"}. A judgement is the result of
JWTStatelessUserAuthentication: {"user": id, "role": claim}, or {"refused": [exception, its cause, ...]}.
"""

import json
import sys
from datetime import datetime, timedelta, timezone
from importlib import import_module
from types import SimpleNamespace

import django
import django.utils.timezone
import jwt.api_jwt
from django.conf import settings

NAME = 'rest_framework_simplejwt'

# simplejwt 4.8.0 uses django.utils.timezone.utc, which Django 5.0 has removed. Nothing else in it needs an older Django.
if not hasattr(django.utils.timezone, 'utc'):
    django.utils.timezone.utc = timezone.utc

settings.configure(
    INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes'],
    SECRET_KEY='not used: every question has a SIGNING_KEY',
    SIMPLE_JWT={},
    USE_TZ=True,
)
django.setup()


class StoppedClock(datetime):
    """A clock that shows the time of the question."""

    milliseconds = 0

    @classmethod
    def now(cls, tz=None):
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=cls.milliseconds)

    @classmethod
    def utcnow(cls):
        return cls.now().replace(tzinfo=None)


def stop_the_clock(module):
    if module.datetime is not datetime:
        raise AssertionError(f'{module.__name__} uses another clock')
    module.datetime = StoppedClock


stop_the_clock(jwt.api_jwt)
loaded = {}


def simplejwt_with(given):
    """Imports simplejwt once for each group of settings, because it reads most settings while it is imported."""
    key = json.dumps(given, sort_keys=True)
    for name in [name for name in sys.modules if name.startswith(NAME)]:
        del sys.modules[name]
    if key in loaded:
        sys.modules.update(loaded[key])
    else:
        settings.SIMPLE_JWT = {
            name: timedelta(seconds=value) if name.endswith('_LIFETIME') else value for name, value in given.items()
        }
        stop_the_clock(import_module(f'{NAME}.utils'))
        for part in ('state', 'authentication', 'serializers', 'tokens'):
            import_module(f'{NAME}.{part}')
        loaded[key] = {name: module for name, module in sys.modules.items() if name.startswith(NAME)}
    return SimpleNamespace(**{name.rpartition('.')[2]: module for name, module in loaded[key].items()})


def issue(simplejwt, question):
    """Issues the same tokens as simplejwt's views, but without a database of users."""
    user = SimpleNamespace(is_active=True, **question['user'])
    claim = simplejwt.settings.api_settings.USER_ID_CLAIM

    class CustomSerializer(simplejwt.serializers.TokenObtainPairSerializer):
        """The serializer of the integration guide."""

        @classmethod
        def get_token(cls, user):
            token = super().get_token(user)
            token[claim] = str(token[claim])
            for name, value in question['custom'].items():
                token[name] = value
            return token

    RefreshToken, SlidingToken = simplejwt.tokens.RefreshToken, simplejwt.tokens.SlidingToken
    now = StoppedClock.milliseconds
    StoppedClock.milliseconds = now - question['loginAgo']
    earlier = simplejwt.serializers.TokenObtainPairSerializer.get_token(user)
    earlier_custom = CustomSerializer.get_token(user)
    sliding_earlier = SlidingToken.for_user(user)
    StoppedClock.milliseconds = now
    login = simplejwt.serializers.TokenObtainPairSerializer.get_token(user)
    custom = CustomSerializer.get_token(user)
    return {
        'login': str(login.access_token),
        'login, custom claims': str(custom.access_token),
        'refreshed': str(RefreshToken(str(earlier)).access_token),
        'refreshed, custom claims': str(RefreshToken(str(earlier_custom)).access_token),
        'rotated': str(RefreshToken(rotated(RefreshToken(str(earlier_custom)))).access_token),
        'refresh token': str(login),
        'sliding': str(SlidingToken.for_user(user)),
        'sliding, refreshed': rotated(sliding_earlier, jti=False),
    }


def rotated(token, jti=True):
    """Rotates a token as TokenRefreshSerializer does with ROTATE_REFRESH_TOKENS, or as TokenRefreshSlidingSerializer, which keeps the jti."""
    if jti:
        token.set_jti()
    token.set_exp(from_time=StoppedClock.now())
    if hasattr(token, 'set_iat'):
        token.set_iat(at_time=StoppedClock.now())
    return str(token)


def judge(simplejwt, question):
    # Before version 5.1 the class was called JWTTokenUserAuthentication.
    module = simplejwt.authentication
    authentication = getattr(module, 'JWTStatelessUserAuthentication', None) or module.JWTTokenUserAuthentication
    authenticate = authentication()

    def of_header(header):
        return authenticate.authenticate(SimpleNamespace(META={'HTTP_AUTHORIZATION': header}))

    def of_token(text):
        token = authenticate.get_validated_token(text.encode('latin-1'))
        return authenticate.get_user(token), token

    judged = of_header if 'headers' in question else of_token
    classes = simplejwt.settings.api_settings.AUTH_TOKEN_CLASSES
    return [judgement(judged, given, classes) for given in question.get('headers') or question['tokens']]


def judgement(judged, given, classes):
    try:
        found = judged(given)
    except Exception as error:  # An error that is no APIException becomes a 500 in Django, which admits nobody either.
        why = inner_causes(given, classes) if type(error).__name__ == 'InvalidToken' else ()
        return {'refused': [*causes(error), *why]}
    if found is None:
        return {'refused': ['NotAuthenticated: Authentication credentials were not provided.']}
    user, token = found
    role = token.get('role')
    return {'user': user_id(user.id), 'role': role if isinstance(role, str) else None}


def user_id(value):
    """Writes a user id as text. Values that are equal in Python are the same user."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else type(value).__name__


def inner_causes(given, classes):
    """Finds the reasons in the token classes, because InvalidToken does not contain them."""
    text = (given.split() or [''])[-1]
    for token_class in classes:
        try:
            token_class(text.encode('latin-1'))
        except Exception as error:
            yield from causes(error)


def causes(error):
    while error is not None:
        yield f'{type(error).__name__}: {error}'[:120]
        error = error.__cause__ or error.__context__


for line in sys.stdin:
    question = json.loads(line)
    StoppedClock.milliseconds = question['now']
    try:
        answer = {'issue': issue, 'judge': judge}[question['do']](simplejwt_with(question['settings']), question)
    except Exception as error:
        answer = {'error': f'{type(error).__name__}: {error}'}
    print(json.dumps(answer), flush=True)
