"""Which file name inside the public folder a request path means, if any. Pure: looks at no disk."""

import re

LONGEST_PATH = 4096
LONGEST_NAME_BYTES = 255
COMPRESSED_ENDINGS = (".br", ".gz")

# Control characters, backslashes, and what a decoder leaves of bytes that were not UTF-8.
_NEVER_IN_A_PATH = re.compile("[\x00-\x1f\x7f\\\\\ufffd\ud800-\udfff]")


def relative_name(path: str) -> str | None:
    """The file that a decoded request path names, relative to the public folder.

    `/en/` means `en/index.html`. None for what no address of ours looks like: parts that are empty or
    start with a dot (`.well-known` at the top excepted), compressed copies, unusual bytes, excess length.
    """
    if not path.startswith("/") or len(path) > LONGEST_PATH or _NEVER_IN_A_PATH.search(path):
        return None
    *folders, name = path[1:].split("/")
    name = name or "index.html"
    if name.lower().endswith(COMPRESSED_ENDINGS) or not all(folders):
        return None
    parts = [*folders, name]
    for depth, part in enumerate(parts):
        if part.startswith(".") and (depth, part) != (0, ".well-known"):
            return None
        if len(part.encode()) > LONGEST_NAME_BYTES:
            return None
    return "/".join(parts)
