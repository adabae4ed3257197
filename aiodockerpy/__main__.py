"""``python -m aiodockerpy``: report the installation, the engine and its problems."""

from __future__ import annotations

import os
import sys

from aiodockerpy._doctor.cli import main

if __name__ == "__main__":
    status: int = main()
    sys.stdout.flush()
    # A normal exit would wait for threads, and a thread for a name server that does not answer.
    os._exit(status)
