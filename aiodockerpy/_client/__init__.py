"""Parts of `DockerClient`: logins, and pools of jobs."""
