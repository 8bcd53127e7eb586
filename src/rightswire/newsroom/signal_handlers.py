"""A topic's name stands on many pages: saving one renders them again."""

from typing import Any

from django.db.models.signals import post_delete, post_save

from rightswire.bake.baking import queue_everything
from rightswire.newsroom.models import Topic


def queue_all(sender: type, **kwargs: Any) -> None:
    queue_everything()


def connect() -> None:
    post_save.connect(queue_all, sender=Topic, dispatch_uid="rightswire.newsroom.topic.saved")
    post_delete.connect(queue_all, sender=Topic, dispatch_uid="rightswire.newsroom.topic.deleted")
