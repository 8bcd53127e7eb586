from django.apps import AppConfig


class BakeConfig(AppConfig):
    name = "rightswire.bake"
    verbose_name = "Publishing"

    def ready(self) -> None:
        from rightswire.bake import signal_handlers  # noqa: PLC0415 - after the models

        signal_handlers.connect()
