"""The services that the engine calls during a build, one module each."""
