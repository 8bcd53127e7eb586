"""`python -m rightswire.seal.offline FILE …`: the command `open_delivery` without the rest of Rightswire."""

import sys

if __name__ == "__main__":  # the processes that it starts read this file too, and need nothing of it
    from rightswire.seal.offline.command import main

    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
