from django.apps import AppConfig


class NewsroomConfig(AppConfig):
    name = "rightswire.newsroom"
    verbose_name = "Newsroom"

    def ready(self) -> None:
        from rightswire.newsroom import baking, signal_handlers  # noqa: F401, PLC0415 - registers its pieces

        signal_handlers.connect()
