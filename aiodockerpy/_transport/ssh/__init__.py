"""Engines reached by ssh, with OpenSSH's program or with asyncssh."""
