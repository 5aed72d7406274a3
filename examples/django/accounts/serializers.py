from django.conf import settings
from django.contrib.auth import get_user_model
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.serializers import (
    TokenBlacklistSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
)
from rest_framework_simplejwt.state import token_backend
from rest_framework_simplejwt.tokens import AccessToken


def role_of(user):
    """Returns one of the three roles that the Opportunities service knows, spelled exactly so."""
    if user.is_superuser:
        return 'admin'
    if user.groups.filter(name='moderators').exists():
        return 'moderator'
    return 'user'


def add_claims(token, user):
    token['user_id'] = str(user.id)  # The owner of the opportunities that this user posts.
    token['email'] = user.email  # A claim of the integration guide, which the Opportunities service does not read.
    token['role'] = role_of(user)
    return token


class CustomTokenObtainPairSerializer(TokenObtainPairSerializer):
    @classmethod
    def get_token(cls, user):
        return add_claims(super().get_token(user), user)


class CustomTokenRefreshSerializer(TokenRefreshSerializer):
    """Reads the user again, so that a new access token has the present role, and a deactivated or deleted user gets none."""

    def validate(self, attrs):
        attrs = with_current_secret(attrs)
        refresh = self.token_class(attrs['refresh'])
        user = get_user_model().objects.filter(pk=refresh.get('user_id'), is_active=True).first()
        if user is None:
            raise AuthenticationFailed(self.error_messages['no_active_account'], 'no_active_account')
        data = super().validate(attrs)
        data['access'] = str(add_claims(AccessToken(data['access']), user))
        return data


class CustomTokenBlacklistSerializer(TokenBlacklistSerializer):
    def validate(self, attrs):
        return super().validate(with_current_secret(attrs))


def with_current_secret(attrs):
    """Signs a refresh token of JWT_SECRET_PREVIOUS again, so that a change of the secret logs nobody out."""
    if not settings.JWT_SECRET_PREVIOUS:
        return attrs
    previous = TokenBackend('HS256', settings.JWT_SECRET_PREVIOUS)
    try:
        return {**attrs, 'refresh': token_backend.encode(previous.decode(attrs['refresh']))}
    except TokenBackendError:
        return attrs
