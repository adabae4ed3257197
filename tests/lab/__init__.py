"""A test lab of real Docker engines, each in namespaces of its own.

Everything here runs on the standard library alone, so that the lab can start before anything is installed; certificates and the
token server are the exceptions, and they are made only when asked for.
"""

from __future__ import annotations
