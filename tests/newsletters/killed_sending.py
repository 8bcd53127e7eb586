"""The post is killed while a newsletter goes out to a mail server in a bad mood; nobody may get it twice.

A program of its own: `python killed_sending.py RECIPIENTS KILLS [sqlite|postgresql] [careless]`; prints one JSON
object. The server answers at random 421, 450 and 550, or hangs up after the last dot, having taken the mail or not.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from campaigns.trial_installation import postgresql_database
from mail_server import HANG_UP, MailServer

PROGRAM = Path(__file__).with_name("trial_post.py")
LINES = 16  # of the post
PATIENCE = 600


class Moody(MailServer):
    """`delivered`: how often each mail was taken. `drops`: how often it hung up after the last dot."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.delivered: Counter[str] = Counter()
        self.drops = 0
        self.on_rcpt = self._answer_to_recipient

    def _answer_to_recipient(self, address: str) -> str:
        chance = random.random()
        if chance < 0.01:
            return "421 4.3.2 Closing"
        if chance < 0.04:
            return "450 4.2.0 Later"
        return "550 5.1.1 Nobody" if chance < 0.06 else "250 OK"

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        first, *rest = await super().handle_EHLO(server, session, envelope, hostname, responses)
        return [first, "250-PIPELINING", *rest]

    async def handle_DATA(self, server, session, envelope):
        (recipient,) = envelope.rcpt_tos
        is_dropped = random.random() < 0.005
        if not is_dropped or random.random() < 0.5:
            self.delivered[recipient] += 1
        self.drops += is_dropped
        return self._given(server, HANG_UP if is_dropped else "250 OK")


class Post:
    """The process that is killed; all that it has started goes with it."""

    def __init__(self, environment: dict[str, str], key_file: Path, *, is_careless: bool) -> None:
        command = [sys.executable, str(PROGRAM), "run", str(key_file), *(["careless"] if is_careless else [])]
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, word: str) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise AssertionError("the post ended by itself")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


def trial(home: Path, recipients: int, kills: int, *, database: str = "", is_careless: bool = False) -> dict:
    server = Moody().start()
    key_file = home.with_name("mailing.key")
    environment = {
        **os.environ,
        "RIGHTSWIRE_HOME": str(home),
        "RIGHTSWIRE_DATABASE_URL": database,
        "RIGHTSWIRE_BASE_URL": "http://localhost",
        "RIGHTSWIRE_LANGUAGES": "en",
        "RIGHTSWIRE_EMAIL_URL": server.url,
    }
    try:
        _django(environment, "make", str(recipients), str(key_file))
        for number in range(kills):
            post = Post(environment, key_file, is_careless=is_careless)
            post.wait_for("sending")
            goal = recipients * (number + 1) // (kills + 2)
            ends_at = time.monotonic() + PATIENCE
            while sum(server.delivered.values()) < goal and time.monotonic() < ends_at:
                time.sleep(0.002)
            post.kill()
        post = Post(environment, key_file, is_careless=is_careless)
        post.wait_for("done")
        post.kill()
        found = json.loads(_django(environment, "check"))
    finally:
        server.stop()
    doubled = sum(number - 1 for number in server.delivered.values())
    return {
        "recipients": recipients,
        "delivered": len(server.delivered),
        "doubled": doubled,
        # Handed over, says the ledger, and nobody got it; or the ledger has lost count.
        "lost": max(0, found["HANDED_OVER"] - len(server.delivered)) + recipients - sum(found.values()),
        "left": sum(found[name] for name in ("WAITING", "CLAIMED", "SENDING", "PUT_OFF")),
        "unknown": found["UNKNOWN"],
        "unknown_at_most": kills * LINES + server.drops,
        "refused": found["REFUSED"],
    }


def _django(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, str(PROGRAM), *arguments]
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


def main(recipients: int, kills: int, database: str, *, is_careless: bool) -> None:
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        address = stack.enter_context(postgresql_database()) if database == "postgresql" else ""
        print(json.dumps(trial(home, recipients, kills, database=address, is_careless=is_careless)))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), (sys.argv[3:] or ["sqlite"])[0], is_careless="careless" in sys.argv)
