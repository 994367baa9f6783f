"""`python -m tryon` is `tryon`."""

from tryon.cli import main

main()
