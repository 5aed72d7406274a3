"""
Sends the signal tokens_revoked when a committed change of a user makes the user's tokens wrong.
User.objects.filter(…).update(…) sends no signals in Django: call end_sessions or revoke_tokens yourself after such a call.
"""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import Signal, receiver
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

User = get_user_model()

# Sent with user_id, reason and valid_after: the user's tokens issued before this instant are not valid any more.
tokens_revoked = Signal()


def revoke_tokens(user_id, reason):
    """Revokes a user's access tokens only. The refresh tokens stay valid, and give access tokens with the present role."""

    def send():
        # The iat of a token has whole seconds, too. With fractions, a token of a login right afterwards would be refused.
        valid_after = timezone.now().strftime('%Y-%m-%dT%H:%M:%SZ')
        # send_robust logs the error of a receiver. The change of the user is committed already.
        tokens_revoked.send_robust(None, user_id=str(user_id), reason=reason, valid_after=valid_after)

    transaction.on_commit(send)


def end_sessions(user, reason):
    """Revokes a user's access tokens and refresh tokens on all devices."""
    tokens = OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=token) for token in tokens], ignore_conflicts=True)
    revoke_tokens(user.pk, reason)


@receiver(pre_save, sender=User)
def remember_user(instance, **kwargs):
    instance._before = User.objects.filter(pk=instance.pk).first()


@receiver(post_save, sender=User)
def notice_user(instance, **kwargs):
    before = instance._before
    if before is None:
        return
    if before.is_active and not instance.is_active:
        end_sessions(instance, 'deactivated')
    # _password is None when a login has only stored the same password with a newer hash.
    elif instance._password is not None:
        end_sessions(instance, 'password_changed')
    elif before.is_superuser and not instance.is_superuser:
        revoke_tokens(instance.pk, 'role_changed')


@receiver(post_delete, sender=User)
def notice_deletion(instance, **kwargs):
    revoke_tokens(instance.pk, 'deactivated')


@receiver(m2m_changed, sender=User.groups.through)
def notice_groups(instance, action, reverse, pk_set, **kwargs):
    # A user who gets more rights needs no revocation: the next refresh gives a token with the new role.
    if action not in ('post_remove', 'pre_clear'):
        return
    if not reverse:
        user_ids = [instance.pk]
    elif pk_set is not None:
        user_ids = pk_set
    else:
        user_ids = list(instance.user_set.values_list('pk', flat=True))
    for user_id in user_ids:
        revoke_tokens(user_id, 'role_changed')
