"""`make open-delivery`: builds dist/open_delivery, one file for Linux that needs no Python and no network.

It runs on machines with the C library of this one or a newer one, and the same kind of processor.
"""

import sys
import tempfile
from pathlib import Path

import PyInstaller.__main__

ROOT = Path(__file__).resolve().parents[2]
OFFLINE = Path("rightswire/seal/offline")
DATA = ("letter.typ", "fonts", "words")
NOT_IN_IT = ("django", "wagtail", "babel", "PIL", "tantivy", "granian", "tkinter", "unittest", "pip", "setuptools")


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        arguments = ["--onefile", "--noconfirm", "--clean", "--log-level", "WARN", "--name", "open_delivery"]
        arguments += ["--distpath", str(ROOT / "dist"), "--workpath", work, "--specpath", work]
        arguments += ["--paths", str(ROOT / "src")]
        for name in DATA:
            inside = OFFLINE if name.endswith(".typ") else OFFLINE / name
            arguments += ["--add-data", f"{ROOT / 'src' / OFFLINE / name}:{inside}"]
        for name in NOT_IN_IT:
            arguments += ["--exclude-module", name]
        PyInstaller.__main__.run([*arguments, str(Path(__file__).with_name("program.py"))])
    size = (ROOT / "dist" / "open_delivery").stat().st_size >> 20
    sys.stdout.write(f"dist/open_delivery is ready ({size} MB). Try it: dist/open_delivery --help\n")


if __name__ == "__main__":
    main()
