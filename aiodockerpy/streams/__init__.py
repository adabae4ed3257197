"""The handles of calls that stream, and what they are built from."""
