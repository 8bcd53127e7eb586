from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "rightswire.outbox"
    verbose_name = "Outgoing mail"
