"""Uploads and websockets, the two kinds of calls that aiohttp carries."""
