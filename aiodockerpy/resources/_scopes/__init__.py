"""Scopes: what is made through them carries the labels of its owner, and is removed with them or by a later program."""
