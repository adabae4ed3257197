"""Tar archives and build contexts: write, extract, walk."""
