"""Running, attaching to and ending processes in containers."""
