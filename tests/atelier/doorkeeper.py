"""Runs the server again and again for a test that kills it (see test_server_killed.py).

    python -m tests.atelier.doorkeeper

For each line that it reads it forks a child that is the server as `tryon serve` runs it (settings from the environment,
catalogue, store, HTTP), and prints the child's id; when the child is dead it prints `killed`. A process that starts
from nothing imports for seconds before it opens its door; what is forked here has imported all. The one thing that is
not real is the pool: no session process is warmed, since none is asked for.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback

import uvicorn

from tests.standin import FakePool
from tryon.server import serve
from tryon.server.app import create_app
from tryon.settings import Settings, load


def main() -> None:
    """See the module."""
    with tempfile.TemporaryDirectory() as folder:  # what an application imports when it is first made
        uvicorn.Config(create_app(Settings(data=folder), FakePool(), {})).load()
    serve.LocalPool = lambda settings: FakePool()  # type: ignore[assignment,misc,return-value]
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                serve.run(load())
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("killed", flush=True)


if __name__ == "__main__":
    main()
