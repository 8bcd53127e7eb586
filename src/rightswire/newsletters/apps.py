from django.apps import AppConfig


class NewslettersConfig(AppConfig):
    name = "rightswire.newsletters"
    verbose_name = "Newsletters"

    def ready(self) -> None:
        from rightswire.newsletters import (  # noqa: F401, PLC0415 - they register themselves
            baking,
            privacy,
            returned_mail,
            signal_handlers,
            stores,
            subscribe_form,
        )
