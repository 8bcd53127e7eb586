from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "rightswire.pages"
    verbose_name = "Pages"

    def ready(self) -> None:
        from rightswire.pages import baking, signal_handlers  # noqa: F401, PLC0415 - registers its pieces

        signal_handlers.connect()
