"""What one signer wrote and chose, as it is before sealing. No Django in here."""

import json
import zlib
from dataclasses import dataclass

BLOCK = 256  # bytes: lengths tell no more than how many of these a record takes
LARGEST = 4 * BLOCK  # so that the link in the mail stays under 2,000 characters
ADDRESS_KEY = 32


class RecordTooLong(Exception):
    def __init__(self) -> None:
        super().__init__("The name and the comment together do not fit: too many rare characters.")


class NotARecord(Exception):
    def __init__(self) -> None:
        super().__init__("What was opened is not a signer's record.")


@dataclass(frozen=True, slots=True)
class Record:
    """`address_key` binds the record to its row; officials are named by their numbers."""

    address_key: bytes
    name: str
    comment: str
    country: str
    language: str
    show_name_to: tuple[int, ...] = ()
    show_comment_to: tuple[int, ...] = ()
    is_test: bool = False

    def pack(self) -> bytes:
        """Padded to a multiple of 256 bytes. Raises RecordTooLong."""
        fields = {
            "n": self.name,
            "c": self.comment,
            "k": self.country,
            "l": self.language,
            "sn": self.show_name_to,
            "sc": self.show_comment_to,
            "t": int(self.is_test),
        }
        text = json.dumps({key: value for key, value in fields.items() if value}, ensure_ascii=False)
        packed = zlib.compress(text.encode(), level=9, wbits=-15)
        whole = self.address_key + len(packed).to_bytes(2, "big") + packed
        whole += bytes(-len(whole) % BLOCK)
        if len(whole) > LARGEST:
            raise RecordTooLong
        return whole

    @classmethod
    def unpack(cls, whole: bytes) -> "Record":
        """Raises NotARecord."""
        start = ADDRESS_KEY + 2
        length = int.from_bytes(whole[ADDRESS_KEY:start], "big")
        if len(whole) < start + length or len(whole) > LARGEST:
            raise NotARecord
        try:
            reader = zlib.decompressobj(wbits=-15)
            fields = json.loads(reader.decompress(whole[start : start + length], 16 * LARGEST))
            return cls(
                whole[:ADDRESS_KEY],
                str(fields.get("n", "")),
                str(fields.get("c", "")),
                str(fields.get("k", "")),
                str(fields.get("l", "")),
                tuple(int(number) for number in fields.get("sn", ())),
                tuple(int(number) for number in fields.get("sc", ())),
                bool(fields.get("t")),
            )
        except (zlib.error, ValueError, TypeError, AttributeError):
            raise NotARecord from None
