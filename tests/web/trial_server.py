"""Runs the web server with the throw-away Django project: `trial_server.py PORT [WORKERS]`."""

import os
import sys
from pathlib import Path

from rightswire.web import server
from rightswire.web.app import WebApplication


class NotingApplication(WebApplication):
    """Notes each request that was not answered before the event loop."""

    async def __call__(self, scope, exchange):
        with Path(os.environ["TRIAL_NOTES"]).open("a") as notes:
            notes.write("through the loop\n")
        await super().__call__(scope, exchange)


if __name__ == "__main__":
    server.WSGI_MODULE = "trial_django"
    server.WebApplication = NotingApplication
    server.run("127.0.0.1", int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
