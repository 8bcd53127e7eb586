"""Reading a file that should be plain text, and saying clearly when it is not."""

import codecs
import re
import stat
from pathlib import Path

from rightswire.importing.dates import is_blank

LARGEST_FILE = 20_000_000  # bytes; a year of a busy newsroom's listing is under one million

_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML_PAGE = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_XML_FILE = re.compile(r"\s*<(?:\?xml|rss|feed)\b", re.I)
_UNCHANGED = "Nothing was changed."


class SourceError(Exception):
    """A source cannot be read. The message is for a person: what, where, what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message} {_UNCHANGED}")


def _read_bytes(path: Path) -> bytes:
    name = path.name
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"“{name}” is not a file. Name the text file itself.")
        if status.st_size > LARGEST_FILE:
            raise SourceError(
                f"“{name}” has {status.st_size / 1e6:,.1f} MB; at most {LARGEST_FILE // 1_000_000} MB "
                "are read. Cut it into several files and import them one after the other."
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(f"There is no file “{name}”. Check its name and folder.") from error
    except OSError as error:
        raise SourceError(f"“{name}” cannot be read ({error.strerror}). Check who may read it.") from error


def _decode(data: bytes, name: str) -> str:
    try:
        # The mark in front says which byte comes first; Python's "utf-16" reads it and takes it away.
        text = data.decode("utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" not in data:
            line = len(re.findall(rb"\r\n|\r|\n", data[: error.start])) + 1
            raise SourceError(
                f"Line {line} of “{name}” is not UTF-8, so its letters cannot be known for certain. "
                "Open the file in the program it comes from, save it as text in UTF-8 and import it again."
            ) from None
        text = "\0"
    if "\0" in text:
        raise SourceError(
            f"“{name}” is not text (a document, a picture or an archive, perhaps). "
            "Copy the text of the page into a plain text file, save it as UTF-8 and import that."
        )
    return text


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark; line ends are "\\n".

    Raises SourceError where the file is missing, empty, too large, not text, HTML or XML.
    """
    text = _decode(_read_bytes(path), path.name)
    if is_blank(text):
        raise SourceError(f"“{path.name}” is empty. Copy the text of the page into it and import it again.")
    if _HTML_PAGE.match(text[:10_000]):
        raise SourceError(
            f"“{path.name}” is HTML, the code of a page. The text of the page is wanted: open the page in a "
            "browser, select everything, copy it into a plain text file and import that."
        )
    if _XML_FILE.match(text[:1_000]):
        raise SourceError(
            f"“{path.name}” is XML, not the text of a page. Import a feed with --format feed "
            "and a WordPress export with --format wxr."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")
