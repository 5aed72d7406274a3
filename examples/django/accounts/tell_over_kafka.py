"""Publishes each revocation for all services that read the topic. The key is the user's id, so that a user's events stay in order."""

import json
from functools import cache

from django.conf import settings
from django.dispatch import receiver
from kafka import KafkaProducer

from .user_events import tokens_revoked


@cache
def producer():
    """Connects when a process sends its first event, and not when the module is loaded."""
    return KafkaProducer(bootstrap_servers=settings.KAFKA_BROKERS, acks='all')


@receiver(tokens_revoked)
def tell(user_id, reason, valid_after, **kwargs):
    value = json.dumps({'userId': user_id, 'validAfter': valid_after, 'reason': reason})
    producer().send(settings.KAFKA_USER_EVENTS_TOPIC, key=user_id.encode(), value=value.encode()).get(timeout=5)
