"""The one file that opens deliveries on a laptop without Python: `open_delivery FILE …`, `open_delivery keygen …`."""

import multiprocessing
import sys

from rightswire.seal.offline import command, keygen


def main() -> int:
    """`keygen` as the first word makes keys; everything else is the command `open_delivery`."""
    words = sys.argv[1:]
    if words[:1] == ["keygen"]:
        return keygen.main(words[1:])
    if words[:1] == ["open_delivery"]:
        words = words[1:]
    return command.main(words)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
