"""Containers that are waited for until they are ready, and where they are reached."""
