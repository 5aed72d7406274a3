from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = 'Creates a demo user, or changes the role and the password of an existing one.'

    def add_arguments(self, parser):
        parser.add_argument('username', nargs='?', default='testuser')
        parser.add_argument('--password', help='default: testpassword; required when DEBUG is off')
        parser.add_argument('--role', choices=['user', 'moderator', 'admin'], default='user')

    def handle(self, username, password, role, **options):
        if password is None and not settings.DEBUG:
            raise CommandError('The default password is public and not allowed in production: give another one with --password.')
        User = get_user_model()
        user = User.objects.filter(username=username).first() or User(username=username)
        user.email = f'{username}@example.com'
        user.is_staff = user.is_superuser = role == 'admin'
        user.set_password(password or 'testpassword')
        user.save()
        moderators, _ = Group.objects.get_or_create(name='moderators')
        user.groups.set([moderators] if role == 'moderator' else [])
        self.stdout.write(f'{username} (id {user.id}, role {role}) can log in.')
