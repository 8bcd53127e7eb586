import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rightswire.outbox.dkim import DkimKeyError, load_signer, make_dkim_key


class Command(BaseCommand):
    help = "Makes the key that signs outgoing mail (DKIM), once, and prints the DNS record that it needs."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("domain", help="what stands behind the @ of the organisation's address")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = Path(settings.HOME) / "keys"
        try:
            signer = load_signer(keys) or make_dkim_key(keys)
            record = signer.dns_record(options["domain"].strip(".").encode("idna").decode())
        except DkimKeyError as error:
            raise CommandError(str(error)) from None
        except UnicodeError:
            raise CommandError("This is not a domain such as everyname.example. A key is there now.") from None
        self.stdout.write(record)
