"""Subscribers before the real server: what mail programs, other sites and impatient people send it."""

from campaigns.trial_installation import Installation, free_port  # noqa: F401

PROGRAM = """
import sys
import django
django.setup()
from rightswire.newsletters import links
from rightswire.newsletters.links import Wish, wish_link
from rightswire.newsletters.models import MailingKey, Subscriber
from rightswire.newsletters.subscribing import confirm
"""
KEY = """
from django.utils import timezone
MailingKey.objects.create(label="Tests", public=sys.argv[1], proven_at=timezone.now())
"""
NEW = """
import time
made = confirm(Wish(sys.argv[1], "en", "daily", countries=("EG",), begun_at=int(time.time())))
secret = links.link_secret()
print(links.person_link(links.UNSUBSCRIBE, made.pk, 0, secret), links.person_link(links.PREFERENCES, made.pk, 0, secret))
"""
COUNT = "print(Subscriber.objects.count())"
WISH = 'print(wish_link(Wish(sys.argv[1], "en", "now")))'
ELSEWHERE = {"Origin": "https://mail.example", "Sec_Fetch_Site": "cross-site"}
MULTIPART = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'  # RFC 8058, section 3.2
