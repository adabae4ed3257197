"""HTTP/1.1 on the connections of `sockets`: calls, streams, kept connections, deadlines."""
