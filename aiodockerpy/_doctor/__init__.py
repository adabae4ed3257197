"""The report of ``python -m aiodockerpy``."""
