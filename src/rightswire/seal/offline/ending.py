"""How a program that opens something ends: with its own status, or with words and 1, and nothing half done."""

import signal
import sys
from collections.abc import Callable
from types import FrameType

from rightswire.seal.offline.manifest import DeliveryError, reason_of


def end_in_words(program: str, work: Callable[[], int]) -> int:
    """What `work` returns; 1 where it failed, after a message that says why. SIGTERM ends it as an exit does."""
    before = signal.signal(signal.SIGTERM, _exit)
    try:
        return work()
    except DeliveryError as error:
        sys.stderr.write(f"{program}: {error}\n")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        sys.stderr.write(f"{program}: {reason_of(error)}{where}. Nothing was left behind.\n")
    finally:
        signal.signal(signal.SIGTERM, before)
    return 1


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)  # so that nothing half done is left behind
