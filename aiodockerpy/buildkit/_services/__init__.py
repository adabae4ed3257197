"""What the engine may call during a build, one module for each service."""
