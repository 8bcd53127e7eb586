"""Which batches staff have released, as their rows show: the watch, which found them, learns that they were honest."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable

from rightswire.campaigns.models import Signature, SignatureState
from rightswire.campaigns.watch import Held

ROWS_OF_A_BATCH, MOST_BATCHES = 10, 500  # looked at; the oldest batches are forgotten first


class Releases:
    """Of one process: what it held since it was started, by the marks that the watch has in memory anyway."""

    def __init__(self) -> None:
        self._batches: OrderedDict[tuple[int, str], dict[bytes, bytes]] = OrderedDict()

    def add(self, found: Iterable[Held]) -> None:
        for held in found:
            known = self._batches.setdefault((held.petition, held.batch), {})
            if len(known) < ROWS_OF_A_BATCH:
                known.setdefault(held.address_key, b"")
            if len(self._batches) > MOST_BATCHES:
                self._batches.popitem(last=False)

    def look(self) -> set[str]:
        """The batches that were released since the last look. One look at a time; it asks the database.

        Only a row seen as held that counts now, unchanged, was released: who is held can erase hers and sign anew.
        """
        released = set()
        for (petition, batch), known in list(self._batches.items()):
            rows = Signature.objects.filter(petition_id=petition, address_key__in=list(known)).order_by()
            for key, state, own_batch, sealed in rows.values_list("address_key", "state", "batch", "sealed"):
                digest = hashlib.sha256(sealed).digest()
                if state == SignatureState.HELD and own_batch == batch:
                    known[bytes(key)] = digest
                elif state == SignatureState.CONFIRMED and known[bytes(key)] == digest:
                    released.add(batch)
                    self._batches.pop((petition, batch), None)
        return released
