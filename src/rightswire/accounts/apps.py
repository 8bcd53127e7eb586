from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "rightswire.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from rightswire.accounts.roles import make_roles  # noqa: PLC0415 - models load first

        post_migrate.connect(make_roles, dispatch_uid="rightswire.roles")
