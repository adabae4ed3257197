"""A gRPC peer of another make (grpcio), in a process of its own: ``python peer.py serve|call SOCKET``."""

from __future__ import annotations

import sys
import threading

import grpc

METHOD = "/test.Echo/"


def unary(request: bytes, context: grpc.ServicerContext) -> bytes:
    """Answer what was sent; a request that begins with ``!`` is refused with what follows, and with the caller's metadata."""
    if request.startswith(b"!"):
        said = dict(context.invocation_metadata())
        context.abort(grpc.StatusCode.NOT_FOUND, f"{request[1:].decode()} {said.get('x-who')}")
    return request


def serve(address: str) -> None:
    server = grpc.server(__import__("concurrent.futures").futures.ThreadPoolExecutor(4))
    handlers = {
        "Unary": grpc.unary_unary_rpc_method_handler(unary),
        "Bidi": grpc.stream_stream_rpc_method_handler(lambda requests, _: iter(requests)),
    }
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("test.Echo", handlers)])
    server.add_insecure_port(address)
    server.start()
    print("ready", flush=True)
    sys.stdin.read()
    server.stop(None).wait()


def call(address: str) -> None:
    with grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel:
        small = channel.unary_unary(f"{METHOD}Unary")(b"hello")
        sizes = [0, 1, 100_000, 3_000_000]
        sent = threading.Event()

        def requests():
            for size in sizes:
                yield bytes(size)
            sent.set()

        answers = [len(answer) for answer in channel.stream_stream(f"{METHOD}Bidi")(requests())]
        try:
            channel.unary_unary(f"{METHOD}Unary")(b"!gone: \xc3\xa4 100 %", metadata=[("x-who", "me")])
        except grpc.RpcError as error:
            print(small, answers == sizes and sent.is_set(), error.code().name, error.details())


if __name__ == "__main__":
    {"serve": serve, "call": call}[sys.argv[1]](sys.argv[2])
