"""Finding the engine and the credentials: hosts, TLS, contexts, the configuration file, registry credentials."""
