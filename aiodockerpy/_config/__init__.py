"""Where the engine is, and as whom: hosts, TLS, contexts, the configuration file, registry credentials."""
