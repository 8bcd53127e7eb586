from django.apps import AppConfig


class ImportingConfig(AppConfig):
    name = "rightswire.importing"
    verbose_name = "Import"
