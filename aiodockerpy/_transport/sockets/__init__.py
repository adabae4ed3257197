"""Connections: dial, TLS, named pipes, and the pumps that move bytes."""
