from django.apps import AppConfig


class BakeConfig(AppConfig):
    name = "rightswire.bake"
    verbose_name = "Publishing"

    def ready(self) -> None:
        from rightswire.bake import signal_handlers

        signal_handlers.connect()
