"""Somebody before the screens of the admin."""

from django.test import Client
from django.urls import reverse


class Desk(Client):
    """A browser of somebody who has signed in."""

    def __init__(self, user, **defaults):
        super().__init__(**defaults)
        self.user = user
        self.force_login(user)

    def look(self, name, *arguments, **query):
        return self.get(reverse(name, args=arguments), query)

    def do(self, name, *arguments, **fields):
        """Sends a form; `said` is what the page that follows tells at its top."""
        answer = self.post(reverse(name, args=arguments), fields, follow=True)
        answer.said = " ".join(str(message) for message in answer.context["messages"]) if answer.context else ""
        return answer
