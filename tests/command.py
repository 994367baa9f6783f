"""The command line as its users call it, without the two seconds that each start of Python takes."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARENT = """
import json, os, sys
from tryon.cli import main
for line in sys.stdin:
    arguments, environment, *files = json.loads(line)
    if child := os.fork():
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        continue
    for number, file in enumerate((os.devnull, *files)):
        os.dup2(os.open(file, os.O_RDWR), number)
    os.environ.clear()
    os.environ.update(environment)
    main(arguments)
"""
"Has all loaded, and forks for each call: a process of its own with nothing in it but what a new one would have."


@dataclass(frozen=True)
class Done:
    """How a call ended."""

    returncode: int
    stdout: str
    stderr: str


@cache
def parent() -> subprocess.Popen[str]:
    """Of all calls of this test process."""
    made = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    atexit.register(made.communicate)  # ends its input, and with it the loop
    return made


def tryon(*arguments: str | Path) -> Done:
    """`tryon` in a process of its own."""
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        calls = parent()
        assert calls.stdin is not None
        assert calls.stdout is not None
        calls.stdin.write(json.dumps(([*map(str, arguments)], dict(os.environ), out.name, err.name)) + "\n")
        calls.stdin.flush()
        code = int(calls.stdout.readline())
        return Done(code, *(Path(file.name).read_text() for file in (out, err)))
