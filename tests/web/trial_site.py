"""A small public folder to try the web server on."""

import socket
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1] / "src"


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def fill_site(home):
    """A small public folder, with a secret beside it."""
    files = {
        "index.html": b"<p>start</p>",
        "en/index.html": b"<p>english</p>" * 50,
        "en/index.html.br": b"brotli bytes",
        "en/index.html.gz": b"gzip bytes",
        "en/404.html": b"<p>nothing here</p>",
        "ar/index.html": "<p>العربية</p>".encode(),
        "ar/أخبار/index.html": "<p>أخبار</p>".encode(),
        "404.html": b"<p>no such page</p>",
        "assets/site.abc.css": b"body{}",
        "files/big.def.pdf": bytes(range(256)) * 8192,
        "mark.svg": b"<svg/>",
        "rss.xml": b"<rss/>",
        ".env": b"SECRET",
    }
    for name, content in files.items():
        file = home / "site" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (home / "db.sqlite3").write_bytes(b"SECRET")
