"""What runs in containers: Python functions, and a few built-in programs; never a program of the host."""
