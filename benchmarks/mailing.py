"""A newsletter to many, personalised and signed, against the framework's usual way and the sink's own generator."""

import contextlib
import os
import resource
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.campaigns.trial_installation import free_port, has_postgresql, postgresql_database

RUNS = 3
OURS, USUAL, GENERATED = 12_000, 150, 12_000  # mails a run
SENT = 8_000  # of an audience whose memory is measured
SIZES = (10_000, 1_000_000) if os.environ.get("BENCH_LONG") else (10_000, 100_000)
SINK_USER = ["-u", "nobody"] if os.geteuid() == 0 else []
LINES = 16  # as the post has
NEWSLETTER, AT_ONCE = 100_000, 100


def run() -> Iterator[dict[str, Any]]:
    """Mails of 16 KB with DKIM (RSA-2048), each with its own links and headers, into postfix's `smtp-sink`.

    Ours: the worker's post, SQLite or PostgreSQL with their usual durability, from the frozen audience to "done". The
    usual way: Django's SMTP backend, a mail at a time on one connection, signed by dkimpy. The generator: `smtp-source`
    with as many sessions as we have lines, mails of the same size, all alike and unsigned.
    """
    if not shutil.which("smtp-sink") or not shutil.which("smtp-source"):
        missing = "smtp-sink and smtp-source (Debian: postfix)"
        yield {"name": "mailing", "value": None, "unit": "", "against": None, "ratio": None, "missing": missing}
        return
    yield from _speed("SQLite", lambda: contextlib.nullcontext(""))
    if has_postgresql():
        yield from _speed("PostgreSQL", postgresql_database)
    yield from _sizes()
    yield from _overtaking()


def _speed(name: str, fresh: Callable[[], AbstractContextManager[str]]) -> Iterator[dict[str, Any]]:
    """`fresh`: a database of its own for each run."""
    rates: dict[str, list[float]] = {"ours": [], "usual": [], "generator": []}
    with tempfile.TemporaryDirectory() as folder, _sink() as port:
        for number in range(RUNS):
            home = Path(folder) / f"home-{number}"
            with fresh() as database:
                made = _child("send", str(OURS), str(port), home=home, database=database)
                usual = _child("usual", str(USUAL), str(port), home=home, database=database)
            rates["ours"].append(OURS / float(made["seconds"]))
            rates["usual"].append(USUAL / float(usual["seconds"]))
            rates["generator"].append(_generated(port, int(float(made["bytes"]))))
    for against, words in (
        ("usual", "Django's SMTP backend, a mail at a time, dkimpy"),
        ("generator", f"smtp-source, {LINES} sessions, unsigned"),
    ):
        ratios = [ours / other for ours, other in zip(rates["ours"], rates[against], strict=True)]
        yield {
            "name": f"mailing: handed over, personalised and signed, {name}",
            "value": round(statistics.median(rates["ours"])),
            "unit": "mails/s",
            "against": f"{words}: {round(statistics.median(rates[against]))} mails/s",
            "ratio": round(statistics.median(ratios), 2),
            "spread": f"{min(ratios):.2f} to {max(ratios):.2f}",
            "load": round(os.getloadavg()[0], 1),
        }


def _sizes() -> Iterator[dict[str, Any]]:
    """An audience frozen, and the post's memory while it is going out."""
    peaks = []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder, _sink() as port:
            made = _child("send", str(size), str(port), str(SENT), home=Path(folder) / "home")
        peaks.append(float(made["megabytes"]))
        yield {
            "name": f"mailing: an audience of {size} frozen, SQLite",
            "value": round(float(made["frozen"]), 2),
            "unit": "s",
            "against": None,
            "ratio": None,
        }
    yield {
        "name": f"mailing: peak memory, an audience of {SIZES[1]}",
        "value": round(peaks[1]),
        "unit": "MB",
        "against": f"an audience of {SIZES[0]}: {round(peaks[0])} MB",
        "ratio": round(peaks[1] / peaks[0], 2),
    }


def _overtaking() -> Iterator[dict[str, Any]]:
    """A release while a newsletter is going out: from its appearance until all who want it at once have it."""
    with tempfile.TemporaryDirectory() as folder, _sink() as port:
        made = _child("overtake", str(NEWSLETTER), str(port), home=Path(folder) / "home")
    yield {
        "name": f"mailing: a release to {AT_ONCE} subscribers, during a newsletter to {NEWSLETTER}",
        "value": round(float(made["overtaken"]), 2),
        "unit": "s",
        "against": f"the newsletter, of which {made['left']} mails were left: 10 s are allowed",
        "ratio": None,
    }


def _child(*arguments: str, home: Path, database: str = "") -> dict[str, str]:
    """What a process of its own says, in lines of `name value`."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "rightswire.conf.settings",
        "RIGHTSWIRE_HOME": str(home),
        "RIGHTSWIRE_DATABASE_URL": database,
        "RIGHTSWIRE_BASE_URL": "https://www.everyname.example",
        "RIGHTSWIRE_EMAIL_URL": f"smtp://127.0.0.1:{arguments[2]}",
    }
    command = [sys.executable, "-m", "benchmarks.mailing", *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


@contextlib.contextmanager
def _sink() -> Iterator[int]:
    port = free_port()
    with subprocess.Popen(
        ["smtp-sink", *SINK_USER, f"127.0.0.1:{port}", "512"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
        process.terminate()


def _generated(port: int, size: int) -> float:
    command = ["smtp-source", "-s", str(LINES), "-m", str(GENERATED), "-l", str(size), f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return GENERATED / (time.perf_counter() - began)


# In a process of its own, with Django


def _make(number: int) -> Any:
    """A data folder with subscribers and a newsletter that two people have released."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone
    from wagtail.models import Site

    from rightswire.newsletters import releasing
    from rightswire.newsletters.addresses import keys, seal_address
    from rightswire.newsletters.models import (
        Choice,
        Chosen,
        MailingKey,
        MailSettings,
        Newsletter,
        Subscriber,
    )
    from rightswire.newsroom.founding import make_tree
    from rightswire.outbox.dkim import make_dkim_key
    from rightswire.pages.models import Organisation, OrganisationWording
    from rightswire.seal.box import PrivateKey

    call_command("migrate", verbosity=0)
    make_tree()
    organisation = Organisation.for_site(Site.objects.get())
    organisation.email, organisation.address = "hello@everyname.example", "1 Example Street"
    organisation.wordings = [OrganisationWording(language="en", name="Every Name", description="Every Name.")]
    organisation.save()
    pace = MailSettings.current()
    pace.a_minute = pace.a_minute_a_domain = 10_000_000
    pace.save()
    make_dkim_key(keys().folder)
    key = PrivateKey.generate()
    MailingKey.objects.create(label="b", public=key.public.text(), proven_at=timezone.now(), is_for_all=True)
    choice = Choice.row(Chosen())
    for start in range(0, number, 5_000):
        Subscriber.objects.bulk_create(
            Subscriber(
                address_key=secrets.token_bytes(32),
                sealed=seal_address(f"reader.{each}@d{each % 50}.example.org", (key.public,)),
                language="en",
                rhythm="weekly",
                choice=choice,
                zone="America/Toronto",
            )
            for each in range(start, min(number, start + 5_000))
        )
    text = "<p>" + "Nobody should be tried for what she wrote, and nobody should have to wait for it. " * 11 + "</p>"
    body = [("heading", "A trial"), *[("text", text) for _ in range(4)]]
    newsletter = Newsletter.objects.create(language="en", subject="A trial in the new year", body=body)
    users = [get_user_model().objects.get_or_create(username=name)[0] for name in ("a", "b")]
    newsletter.refresh_from_db()
    releasing.ask(newsletter, users[0])
    releasing.agree(newsletter, users[1])
    newsletter.refresh_from_db()
    return key, newsletter


def send(number: int, most: int) -> None:
    """Sends `most` of `number`; says how long it took."""
    from rightswire.newsletters.freezing import freeze_newsletter
    from rightswire.newsletters.models import Fate, Handover, Sending, SendingState
    from rightswire.newsletters.post.office import PostOffice
    from rightswire.newsletters.strongbox import Strongbox

    key, newsletter = _make(number)
    began = time.perf_counter()
    sending = freeze_newsletter(newsletter)
    print("frozen", time.perf_counter() - began)
    Handover.objects.filter(pk__gt=Handover.objects.order_by("pk").values_list("pk", flat=True)[most - 1]).update(
        fate=Fate.SKIPPED
    ) if 0 < most < number else None
    box = Strongbox()
    box.put_in(key)
    office = PostOffice(box)
    began = time.perf_counter()
    office.start()
    while Sending.objects.get(pk=sending.pk).state == SendingState.RUNNING:
        time.sleep(0.05)
    seconds = time.perf_counter() - began
    office.stop()
    assert Handover.objects.filter(sending=sending, fate=Fate.HANDED_OVER).count() == (most or number)
    print("seconds", seconds)
    print("bytes", len(sending.renderings.get().html) + len(sending.renderings.get().text))
    print("megabytes", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def overtake(number: int) -> None:
    """Sends a release while a newsletter to `number` is going out; says when the last had it, and what was left."""
    import datetime

    from django.utils import timezone

    from rightswire.newsletters.clock import NewsClock
    from rightswire.newsletters.models import UNDER_WAY, Newsletter, Sending, SendingKind, SendingState, Subscriber
    from rightswire.newsletters.post.office import PostOffice
    from rightswire.newsletters.strongbox import Strongbox
    from rightswire.newsroom.models import NewsIndex, NewsItem

    key, _newsletter = _make(number)
    chosen = list(Subscriber.objects.values_list("pk", flat=True)[:AT_ONCE])
    Subscriber.objects.filter(pk__in=chosen).update(rhythm="now")
    box = Strongbox()
    box.put_in(key)
    office, clock = PostOffice(box), NewsClock(box)
    office.start()
    clock.start()
    while not Sending.objects.filter(kind=SendingKind.NEWSLETTER, state=SendingState.RUNNING).exists():
        time.sleep(0.1)
    time.sleep(5)
    index = NewsIndex.objects.get(locale__language_code="en")
    item = NewsItem(
        title="A verdict",
        slug="a-verdict",
        date=datetime.date.today(),
        body=[("text", {"text": "<p>She is free.</p>", "language": ""})],
        locale=index.locale,
        live=True,
        first_published_at=timezone.now(),
    )
    began = time.perf_counter()
    index.add_child(instance=item)
    while not Sending.objects.filter(kind=SendingKind.NOW, state=SendingState.DONE).exists():
        now = Sending.objects.filter(kind=SendingKind.NOW, state=SendingState.RUNNING).first()
        if now and not now.handovers.filter(fate__in=UNDER_WAY).exists():
            break
        time.sleep(0.05)
    print("overtaken", time.perf_counter() - began)
    letter = Newsletter.objects.get()
    print("left", letter.sending.handovers.filter(fate__in=UNDER_WAY).count())
    clock.stop()
    office.stop()


def usual(number: int, port: int) -> None:
    """Django's way: a mail at a time, signed by dkimpy."""
    import dkim
    from django.conf import settings
    from django.core.mail import EmailMultiAlternatives, get_connection

    from rightswire.newsletters.addresses import keys
    from rightswire.newsletters.models import Rendering

    rendering = Rendering.objects.first()
    pem = (keys().folder / "dkim.pem").read_bytes()

    class Signed(EmailMultiAlternatives):
        def message(self, **options: Any) -> Any:
            message = super().message(**options)
            header = dkim.sign(message.as_bytes(), b"s", b"everyname.example", pem).decode()
            message["DKIM-Signature"] = header.partition(": ")[2].replace("\r\n", "").strip()
            return message

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    connection = get_connection(host="127.0.0.1", port=port)
    began = time.perf_counter()
    connection.open()
    for each in range(number):
        link = f"https://www.everyname.example/do/unsubscribe/{secrets.token_urlsafe(38)}/"
        text, html = (part.replace("{{unsubscribe}}", link) for part in (rendering.text, rendering.html))
        headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        mail = Signed(
            rendering.subject, text, "hello@everyname.example", [f"reader.{each}@example.org"], headers=headers
        )
        mail.attach_alternative(html, "text/html")
        connection.send_messages([mail])
    connection.close()
    print("seconds", time.perf_counter() - began)


if __name__ == "__main__":
    import django

    django.setup()
    match sys.argv[1]:
        case "send":
            send(int(sys.argv[2]), int((sys.argv[4:] or ["0"])[0]))
        case "overtake":
            overtake(int(sys.argv[2]))
        case _:
            usual(int(sys.argv[2]), int(sys.argv[3]))
