"""docker-py's keywords turned into requests, for containers, services and swarms."""
