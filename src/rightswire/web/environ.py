"""A request as WSGI wants it told (PEP 3333)."""

import sys
from typing import IO, Any

from rightswire.web.app import Scope


class FileBody:
    """What `wsgi.file_wrapper` makes of a file: pieces of it, or the file itself for whoever can send it."""

    def __init__(self, file: Any, piece_bytes: int = 64 * 1024) -> None:
        self.file = file
        self._piece_bytes = piece_bytes

    def __iter__(self) -> "FileBody":
        return self

    def __next__(self) -> bytes:
        piece: bytes = self.file.read(self._piece_bytes)
        if not piece:
            raise StopIteration
        return piece

    def close(self) -> None:
        self.file.close()


def wsgi_environ(scope: Scope, body: IO[bytes], body_bytes: int, is_multiprocess: bool) -> dict[str, Any]:
    """The environment of one request, its body already received.

    Header names with an underscore are left out: they would pass for the ones that a proxy sets.
    """
    server, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode("utf-8", "surrogateescape").decode("latin-1"),
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{'1.0' if scope.http_version == '1' else scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(body_bytes),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": is_multiprocess,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBody,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        if "_" in name or name in ("content-length", "transfer-encoding", "proxy"):
            continue
        key = "CONTENT_TYPE" if name == "content-type" else "HTTP_" + name.upper().replace("-", "_")
        joint = "; " if name == "cookie" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ
