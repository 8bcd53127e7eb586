"""All benchmarks, or those named: `python -m benchmarks [serve bake search …]`. One JSON object a line."""

import subprocess
import sys

NAMES = ("serve", "bake", "search", "signing", "storm", "open_delivery", "mailing")


def main() -> int:
    wanted = sys.argv[1:] or list(NAMES)
    status = 0
    for name in wanted:
        if name not in NAMES:
            print(f"There is no benchmark {name!r}; choose from: {', '.join(NAMES)}.", file=sys.stderr)
            return 2
        # A process each: settings and memory of one must not weigh on the next.
        code = f"import json\nfrom benchmarks.{name} import run\nfor row in run(): print(json.dumps(row), flush=True)"
        status = subprocess.call([sys.executable, "-c", code]) or status
    return status


if __name__ == "__main__":
    sys.exit(main())
