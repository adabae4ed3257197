"""What an engine has: containers, images, networks, volumes, files, events."""
