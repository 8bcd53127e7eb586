"""Puzzles (ALTCHA): a little work for a browser that runs scripts, when very many sign at once.

Nobody is ever refused for lack of one. A solution speaks for its sender; it counts once.
"""

import base64
import binascii
import datetime
import hashlib
import hmac
import json
import secrets
import time
from collections import OrderedDict

import altcha

LASTS = 1200  # seconds, in which a form may be filled in
HARDEST = 40_000  # hashes at most: about a second on an old phone
MOST_USED = 200_000
LONGEST = 2000


class Puzzles:
    """Of one process: its key and the solutions that were used are in memory only."""

    def __init__(self) -> None:
        self._key = secrets.token_hex(32)
        self._used: OrderedDict[str, float] = OrderedDict()

    def issue(self) -> bytes:
        """A puzzle, as JSON for the script."""
        expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=LASTS)
        options = altcha.ChallengeOptionsV1(hmac_key=self._key, max_number=HARDEST, expires=expires)
        return json.dumps(altcha.create_challenge_v1(options).to_dict()).encode()

    def check(self, solution: str) -> bool | None:
        """Whether the solution is right and was not used before.

        None where its puzzle is unknown or over: another process gave it, the server was restarted, somebody was slow.
        """
        if len(solution) > LONGEST:
            return None
        try:
            is_right, problem = altcha.verify_solution_v1(solution, self._key, check_expires=True)
            facts = json.loads(base64.b64decode(solution))
            challenge = str(facts["challenge"])
            is_ours = hmac.compare_digest(self._signature(challenge), str(facts["signature"]).encode())
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error):
            return None
        if problem or not is_ours:
            return None
        if not is_right or challenge in self._used:
            return False
        self._used[challenge] = time.time() + LASTS
        self._forget()
        return True

    def take_back(self, solution: str) -> None:
        """Of a solution that was right: what came with it could not be kept, and may come again."""
        self._used.pop(str(json.loads(base64.b64decode(solution))["challenge"]), None)

    def _signature(self, challenge: str) -> bytes:
        return hmac.new(self._key.encode(), challenge.encode(), hashlib.sha256).hexdigest().encode()

    def _forget(self) -> None:
        now = time.time()
        while self._used and (len(self._used) > MOST_USED or next(iter(self._used.values())) < now):
            self._used.popitem(last=False)
