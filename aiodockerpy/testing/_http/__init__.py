"""The server side of HTTP/1.1, with hijacked connections and half-close."""
