"""Trees of files to and from the engine: fsutil's transfer, which sends only what the other side does not have."""
