from django.apps import AppConfig
from django.conf import settings


class AccountsConfig(AppConfig):
    name = 'accounts'

    def ready(self):
        from . import user_events

        if settings.OPPORTUNITIES_URL:
            from . import tell_over_http
        if settings.KAFKA_BROKERS:
            from . import tell_over_kafka
