"""Streams that outlive a connection: events, logs, statistics, live views."""
