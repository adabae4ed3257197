"""gRPC with Protocol Buffers over HTTP/2, both roles, as far as BuildKit needs it; knows nothing of BuildKit."""
