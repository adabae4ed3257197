"""gRPC with Protocol Buffers over HTTP/2, in both roles: the subset that BuildKit uses."""
