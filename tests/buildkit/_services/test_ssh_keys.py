"""Keys in files answer as an agent does; asyncssh's own client is the peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh
import pytest

from aiodockerpy.buildkit._messages import BytesMessage
from aiodockerpy.buildkit._services.ssh import SshService
from aiodockerpy.buildkit._services.ssh_keys import KeyAgent, read_key
from tests.buildkit.memory import rpc
from tests.lab.serving import serving

if TYPE_CHECKING:
    import asyncio

FORWARD = "/moby.sshforward.v1.SSH/ForwardAgent"


def text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem", "pkcs1-pem"])
async def test_asyncssh_signs_with_the_key(tmp_path, kind, form) -> None:
    if form == "pkcs1-pem" and kind == "ssh-ed25519":
        pytest.skip("the format has no such keys")
    asyncssh.generate_private_key(kind).write_private_key(tmp_path / "key", form)
    service = SshService({"default": KeyAgent([read_key(tmp_path / "key", "ssh")])})

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with rpc(service.methods()) as channel, channel.call(FORWARD) as call:
            while data := await reader.read(1000):
                await call.send(BytesMessage(data).encode())
                writer.write(BytesMessage.decode(await call.recv()).data)

    async with serving(accept, path=tmp_path / "s"), asyncssh.connect_agent(str(tmp_path / "s")) as agent:
        [key] = await agent.get_keys()
        own = asyncssh.read_private_key(tmp_path / "key").convert_to_public()
        assert key.public_data == own.public_data
        for algorithm in key.sig_algorithms:
            key.set_sig_algorithm(algorithm)
            signature = await key.sign_async(b"data")
            assert own.verify(b"data", signature)


def test_anything_else_fails() -> None:
    agent = KeyAgent([])
    failure = b"\0\0\0\1\5"
    assert agent.answer(text(b"\x0d" + text(b"unknown key") + text(b"data") + bytes(4)) * 2) == failure * 2
    assert agent.answer(text(b"\x0d\xff")) == failure
    assert agent.answer(text(b"\x0b")) == text(b"\x0c" + bytes(4))
