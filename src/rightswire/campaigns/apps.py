from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "rightswire.campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        from rightswire.campaigns import (  # noqa: F401, PLC0415 - they register themselves
            baking,
            paper_sheet,
            privacy,
            stores_view,
        )
