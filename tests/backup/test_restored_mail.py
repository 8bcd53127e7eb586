"""After a restore nobody who left is written to, and nothing that may have gone out since is mailed again by itself."""

import datetime
import time

import installation
import pytest
from django.utils import timezone
from installation import key_file, passphrase_file

from newsletters.restored import ended, item, mailing, somebody
from rightswire.backup.archive import BackupError
from rightswire.backup.making import back_up
from rightswire.backup.restoring import Wish, restore
from rightswire.seal.box import PrivateKey

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not installation.IS_SQLITE, reason="the same on both databases"),
]


@pytest.fixture(scope="session")
def wish(tmp_path_factory, offline_key) -> Wish:
    folder = tmp_path_factory.mktemp("keys")
    return Wish(key=key_file(folder, offline_key), passphrase_file=passphrase_file(folder))
