from django.contrib.auth.models import AbstractUser


class User(AbstractUser):  # type: ignore[django-manager-missing]  # of uploads, in apps above
    """A member of staff. Readers and supporters never have an account."""
