"""What the admin shows of newsletters."""

from typing import Any

from django.http import HttpRequest
from django.urls import path
from wagtail import hooks
from wagtail.admin.widgets.button import HeaderButton

from rightswire.campaigns.models import Petition
from rightswire.newsletters import releasing, sending_verbs
from rightswire.newsletters.admin.followers import write_button
from rightswire.newsletters.admin.keys import refuse_mailing_key
from rightswire.newsletters.admin.notices import MailPanel, seen
from rightswire.newsletters.admin.viewsets import NewsletterGroup
from rightswire.newsletters.lists.admin import register_log_actions as register_list_actions


@hooks.register("register_admin_viewset")
def register_newsletters() -> NewsletterGroup:
    return NewsletterGroup()


@hooks.register("register_admin_urls")
def register_notices() -> list[Any]:
    return [path("mail-notices/<int:pk>/seen/", seen, name="rightswire_mail_notice_seen")]


@hooks.register("construct_homepage_panels")
def add_mail_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(MailPanel(request.user))
    panels.sort(key=lambda panel: panel.order)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    actions.register_action(releasing.LOG_ASK, "Ask to send", "Asked to send it")
    actions.register_action(releasing.LOG_AGREE, "Agree to send", "Agreed to send it")
    actions.register_action(releasing.LOG_WITHDRAW, "Take back", "Took the request or the release back")
    actions.register_action(sending_verbs.LOG_PAUSE, "Pause", "Paused")
    actions.register_action(sending_verbs.LOG_RESUME, "Resume", "Resumed")
    actions.register_action(sending_verbs.LOG_STOP, "Stop", "Stopped for good")
    register_list_actions(actions)


# What campaigns asks of the apps above it


@hooks.register("register_petition_buttons")
def offer_writing(petition: Petition, user: Any) -> list[HeaderButton]:
    return write_button(petition, user)


@hooks.register("refuse_recipient_key")
def keep_keys_apart(public: str) -> None:
    refuse_mailing_key(public)
