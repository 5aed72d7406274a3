import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from io import StringIO
from threading import Thread
from unittest.mock import patch

from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import SimpleTestCase, TestCase, override_settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from .user_events import tokens_revoked

# A weak hash makes the tests fast.
weak_hashes = override_settings(PASSWORD_HASHERS=['django.contrib.auth.hashers.MD5PasswordHasher'])


@weak_hashes
class Tokens(TestCase):
    def setUp(self):
        cache.clear()
        self.user = User.objects.create_user('testuser', 'user@example.com', 'testpassword')

    def post(self, path, body, **headers):
        return self.client.post(f'/api/auth/{path}/', body, 'application/json', headers=headers)

    def log_in(self):
        return self.post('login', {'username': 'testuser', 'password': 'testpassword'}).json()

    def refresh(self, refresh):
        return self.post('refresh', {'refresh': refresh})

    def test_a_login_issues_the_claims_of_the_guide(self):
        claims = AccessToken(self.log_in()['access']).payload
        self.assertEqual(set(claims), {'token_type', 'exp', 'iat', 'jti', 'user_id', 'email', 'role'})
        self.assertEqual(claims['token_type'], 'access')
        self.assertEqual(claims['user_id'], str(self.user.id))
        self.assertEqual((claims['email'], claims['role']), ('user@example.com', 'user'))
        self.assertEqual(claims['exp'] - claims['iat'], 15 * 60)

    def test_login_and_refresh_use_the_present_role(self):
        refresh = self.log_in()['refresh']

        def role():
            return AccessToken(self.refresh(refresh).json()['access'])['role']

        self.user.groups.add(Group.objects.create(name='moderators'))
        self.assertEqual(AccessToken(self.log_in()['access'])['role'], 'moderator')
        self.assertEqual(role(), 'moderator')
        User.objects.update(is_superuser=True)
        self.assertEqual(role(), 'admin')
        User.objects.update(is_superuser=False)
        self.user.groups.clear()
        self.assertEqual(role(), 'user')

    def test_a_deactivated_or_deleted_user_cannot_refresh(self):
        refresh = self.log_in()['refresh']
        User.objects.update(is_active=False)
        self.assertEqual(self.refresh(refresh).status_code, 401)
        User.objects.all().delete()
        self.assertEqual(self.refresh(refresh).status_code, 401)

    def test_logout_ends_the_refresh_token(self):
        refresh = self.log_in()['refresh']
        other = self.log_in()['refresh']
        self.assertEqual(self.post('logout', {'refresh': refresh}).status_code, 200)
        self.assertEqual(self.refresh(refresh).status_code, 401)
        self.assertEqual(self.refresh(other).status_code, 200)

    def test_a_new_secret_logs_nobody_out(self):
        refresh = RefreshToken.for_user(self.user)
        signed_before = TokenBackend('HS256', 'p' * 64).encode(refresh.payload)
        self.assertEqual(self.refresh(signed_before).status_code, 401)
        with override_settings(JWT_SECRET_PREVIOUS='p' * 64):
            self.assertEqual(self.refresh(signed_before).status_code, 200)
            self.assertEqual(self.refresh(TokenBackend('HS256', 'q' * 64).encode(refresh.payload)).status_code, 401)
            self.assertEqual(self.post('logout', {'refresh': signed_before}).status_code, 200)
            self.assertEqual(self.refresh(signed_before).status_code, 401)

    def test_login_attempts_are_limited(self):
        body = {'username': 'testuser', 'password': 'wrong'}
        statuses = [self.post('login', body).status_code for _ in range(21)]
        self.assertEqual(statuses, [401] * 20 + [429])

    @override_settings(CORS_ALLOWED_ORIGINS=['https://app.example.org'])
    def test_only_trusted_origins_may_call_from_a_browser(self):
        for origin, allowed in (('https://app.example.org', 'https://app.example.org'), ('https://evil.example', None)):
            response = self.post('login', {}, origin=origin)
            self.assertEqual(response.headers.get('Access-Control-Allow-Origin'), allowed)


@weak_hashes
class UserEvents(TestCase):
    def setUp(self):
        self.user = User.objects.create_user('testuser', 'user@example.com', 'testpassword')
        self.refresh = str(RefreshToken.for_user(self.user))

    def reasons(self, change):
        """Returns the reasons of the revocations that a committed change sends."""
        told = []

        def listen(user_id, reason, **kwargs):
            told.append((user_id, reason))

        tokens_revoked.connect(listen)
        with self.captureOnCommitCallbacks(execute=True):
            change()
        tokens_revoked.disconnect(listen)
        return [reason for user_id, reason in told if user_id == str(self.user.id)]

    def can_refresh(self):
        return self.client.post('/api/auth/refresh/', {'refresh': self.refresh}, 'application/json').status_code == 200

    def save(self, **fields):
        user = User.objects.get()
        for name, value in fields.items():
            setattr(user, name, value)
        user.save()

    def test_a_change_of_other_fields_revokes_nothing(self):
        self.assertEqual(self.reasons(lambda: self.save(first_name='Ada')), [])
        self.assertTrue(self.can_refresh())

    def test_taking_a_role_away_revokes_access_tokens(self):
        group = Group.objects.create(name='moderators')

        def give():
            self.user.groups.add(group)

        changes = [
            (lambda: self.save(is_superuser=True), lambda: self.save(is_superuser=False)),
            (give, lambda: self.user.groups.remove(group)),
            (give, lambda: self.user.groups.clear()),
            (give, lambda: group.user_set.remove(self.user)),
            (give, lambda: group.user_set.clear()),
        ]
        for give_role, take_role in changes:
            self.assertEqual(self.reasons(give_role), [])
            self.assertEqual(self.reasons(take_role), ['role_changed'])
        self.assertTrue(self.can_refresh())

    def test_a_new_password_ends_all_sessions(self):
        def change():
            user = User.objects.get()
            user.set_password('another password')
            user.save()

        self.assertEqual(self.reasons(change), ['password_changed'])
        self.assertFalse(self.can_refresh())

    def test_a_newer_hash_of_the_same_password_revokes_nothing(self):
        hashers = [f'django.contrib.auth.hashers.{name}PasswordHasher' for name in ('Scrypt', 'MD5')]
        with override_settings(PASSWORD_HASHERS=hashers):
            self.assertEqual(self.reasons(lambda: User.objects.get().check_password('testpassword')), [])
        self.assertTrue(User.objects.get().password.startswith('scrypt'))

    def test_a_deactivation_ends_all_sessions(self):
        self.assertEqual(self.reasons(lambda: self.save(is_active=False)), ['deactivated'])
        self.save(is_active=True)
        self.assertFalse(self.can_refresh())

    def test_a_deletion_revokes_access_tokens(self):
        self.assertEqual(self.reasons(User.objects.get().delete), ['deactivated'])

    def test_a_logout_everywhere_ends_all_sessions(self):
        def log_out():
            access = RefreshToken(self.refresh).access_token
            headers = {'Authorization': f'Bearer {access}'}
            self.assertEqual(self.client.post('/api/auth/logout-everywhere/', headers=headers).status_code, 200)

        self.assertEqual(self.reasons(log_out), ['logged_out'])
        self.assertFalse(self.can_refresh())
        self.assertEqual(self.client.post('/api/auth/logout-everywhere/').status_code, 401)


class TellOverHttp(SimpleTestCase):
    def test_sends_the_revocation_as_an_admin(self):
        seen = []

        class Service(BaseHTTPRequestHandler):
            def do_PUT(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                seen.append((self.path, AccessToken(self.headers['Authorization'].removeprefix('Bearer ')), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        server = HTTPServer(('127.0.0.1', 0), Service)
        Thread(target=server.handle_request).start()
        with override_settings(OPPORTUNITIES_URL=f'http://127.0.0.1:{server.server_port}'):
            tell = import_module('accounts.tell_over_http').tell
            tokens_revoked.disconnect(tell)
            tell(user_id='a/b', reason='deactivated', valid_after='2026-11-26T10:00:00Z')
        server.server_close()
        [(path, token, body)] = seen
        self.assertEqual(path, '/api/v1/token-revocations/a%2Fb')
        self.assertEqual((token['user_id'], token['role']), ('django', 'admin'))
        self.assertEqual(body, {'validAfter': '2026-11-26T10:00:00Z', 'reason': 'deactivated'})


@weak_hashes
class DemoUser(TestCase):
    def test_has_the_requested_role_and_no_default_password_in_production(self):
        with self.assertRaises(CommandError):
            call_command('create_demo_user')
        for role in ('admin', 'moderator', 'user'):
            call_command('create_demo_user', '--role', role, '--password', 'correct horse', stdout=StringIO())
            response = self.client.post('/api/auth/login/', {'username': 'testuser', 'password': 'correct horse'})
            self.assertEqual(AccessToken(response.json()['access'])['role'], role)
