"""What the engine's calls on a session are answered with."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import os
import re
import tarfile

import pytest
from hypothesis import given, strategies as st

from aiodockerpy.buildkit import _messages as pb
from aiodockerpy.buildkit._rpc import framing
from aiodockerpy.buildkit._rpc.framing import RpcError
from aiodockerpy.buildkit._services import health
from aiodockerpy.buildkit._services.auth import AuthService
from aiodockerpy.buildkit._services.content import ContentService, record_cache
from aiodockerpy.buildkit._services.files import FileSendService, FileSyncService
from aiodockerpy.buildkit._services.secrets import LARGEST, SecretService
from aiodockerpy.buildkit._services.ssh import AgentFilter, SshService
from aiodockerpy.buildkit._services.ssh_keys import KeyAgent
from aiodockerpy.buildkit._services.upload import UploadService
from aiodockerpy.buildkit.options import Env, Output
from aiodockerpy.errors import DockerException, InvalidArgument, ProtocolError
from tests.buildkit.memory import rpc

GET = "/moby.buildkit.secrets.v1.Secrets/GetSecret"
CREDENTIALS = "/moby.filesync.v1.Auth/Credentials"
CONTENT = "/containerd.services.content.v1.Content/"


async def test_health() -> None:
    async with rpc(health.METHODS) as channel:
        answer = await channel.unary("/grpc.health.v1.Health/Check", pb.Empty(), pb.HealthCheckResponse)
    assert answer.status == 1


class TestSecrets:
    async def ask(self, sources, id: str = "s", failures=None) -> bytes:
        failed = (lambda path, error: failures.append(error)) if failures is not None else (lambda path, error: None)
        async with rpc(SecretService(sources).methods(), failed=failed) as channel:
            return (await channel.unary(GET, pb.GetSecretRequest(id), pb.GetSecretResponse)).data

    async def test_sources(self, tmp_path, monkeypatch) -> None:
        (tmp_path / "f").write_bytes(b"\0file")
        monkeypatch.setenv("S", "\udcff")

        async def later() -> str:
            return "ä"

        assert await self.ask({"s": b"\0bytes"}) == b"\0bytes"
        assert await self.ask({"s": tmp_path / "f"}) == b"\0file"
        assert await self.ask({"s": Env("S")}) == b"\xff"
        assert await self.ask({"s": later}) == "ä".encode()
        assert await self.ask({"s": b""}) == b""

    @pytest.mark.parametrize("sources", [{}, {"s": Env("SURELY_NOT_SET")}])
    async def test_a_missing_one_is_not_found(self, sources) -> None:
        """Any other status would fail a build whose secret is optional."""
        with pytest.raises(RpcError) as caught:
            await self.ask(sources)
        assert caught.value.code == framing.NOT_FOUND

    async def test_one_that_is_too_large(self) -> None:
        failures = []
        with pytest.raises(RpcError, match=str(LARGEST)):
            await self.ask({"s": bytes(LARGEST + 1)}, failures=failures)
        assert isinstance(failures[0], InvalidArgument)


class Login:
    def __init__(self, username: str = "", password: str = "", identity_token: str = "") -> None:
        self.username, self.password, self.identity_token = username, password, identity_token


class TestAuth:
    @pytest.mark.parametrize(
        ("login", "expected"),
        [(Login("me", "pw"), ("me", "pw")), (Login("me", "", "tok"), ("", "tok")), (None, ("", ""))],
    )
    async def test_kinds_of_credentials(self, login, expected) -> None:
        async def find(host: str):
            return login

        async with rpc(AuthService(find).methods()) as channel:
            answer = await channel.unary(CREDENTIALS, pb.CredentialsRequest("r:5000"), pb.CredentialsResponse)
        assert (answer.username, answer.secret) == expected

    async def test_each_registry_is_looked_up_once_and_docker_hub_by_its_name(self) -> None:
        asked = []

        async def find(host: str):
            asked.append(host)
            return Login("me", "pw")

        async with rpc(AuthService(find).methods()) as channel:
            for host in ("registry-1.docker.io", "r:5000", "registry-1.docker.io", "r:5000"):
                await channel.unary(CREDENTIALS, pb.CredentialsRequest(host), pb.CredentialsResponse)
        assert asked == ["docker.io", "r:5000"]

    async def test_tokens_are_left_to_the_engine(self) -> None:
        async with rpc(AuthService(None).methods()) as channel:
            for method in ("GetTokenAuthority", "FetchToken", "VerifyTokenAuthority"):
                with pytest.raises(RpcError) as caught:
                    await channel.unary(f"/moby.filesync.v1.Auth/{method}", pb.Empty(), pb.Empty)
                assert caught.value.code == framing.UNAVAILABLE


def message(type: int, rest: bytes = b"") -> bytes:
    return (1 + len(rest)).to_bytes(4, "big") + bytes([type]) + rest


class TestSsh:
    @given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=40)), max_size=8), st.integers(1, 9))
    def test_only_listing_and_signing_pass(self, requests, step: int) -> None:
        said = b"".join(message(*request) for request in requests)
        allowed = AgentFilter()
        passed, answered = b"", b""
        for start in range(0, len(said), step):
            to_agent, to_step = allowed.feed(said[start : start + step])
            passed += to_agent
            answered += to_step
        assert passed == b"".join(message(*request) for request in requests if request[0] in {11, 13})
        assert answered == message(5) * len([request for request in requests if request[0] not in {11, 13}])

    @pytest.mark.parametrize("start", [b"\0\0\0\0\0", b"\xff\xff\xff\xff\x0b", b"GET / HTTP/1.1"])
    def test_another_protocol_is_refused(self, start) -> None:
        with pytest.raises(RpcError):
            AgentFilter().feed(start)

    async def test_forwarding(self, tmp_path) -> None:
        async def agent(reader, writer) -> None:
            while data := await reader.read(1000):
                writer.write(b"<" + data + b">")
            writer.write(b"bye")
            writer.close()

        server = await asyncio.start_unix_server(agent, tmp_path / "agent")
        async with server, rpc(SshService({"default": str(tmp_path / "agent")}).methods()) as channel:
            await channel.unary("/moby.sshforward.v1.SSH/CheckAgent", pb.CheckAgentRequest(""), pb.Empty)
            with pytest.raises(RpcError):
                await channel.unary("/moby.sshforward.v1.SSH/CheckAgent", pb.CheckAgentRequest("other"), pb.Empty)
            async with channel.call("/moby.sshforward.v1.SSH/ForwardAgent", {"buildkit.ssh.id": ["default"]}) as call:
                await call.send(pb.BytesMessage(message(11)).encode())
                assert pb.BytesMessage.decode(await call.recv()).data == b"<" + message(11) + b">"
                await call.send(pb.BytesMessage(message(17, b"key")).encode())
                assert pb.BytesMessage.decode(await call.recv()).data == message(5)
                await call.end()
                assert pb.BytesMessage.decode(await call.recv()).data == b"bye"
                assert await call.recv() is None

    @pytest.mark.parametrize("answer", [None, b"", message(12, b"half")[:-1]])
    async def test_an_agent_that_closes_holds_up_no_step(self, tmp_path, answer) -> None:
        async def agent(reader, writer) -> None:
            if answer is not None:
                await reader.read(1000)
                writer.write(answer)
            writer.close()

        failures = []
        path = str(tmp_path / "agent")
        services = SshService({"default": path}).methods()
        async with await asyncio.start_unix_server(agent, path):
            async with rpc(services, failed=lambda _, error: failures.append(error)) as channel:
                async with channel.call("/moby.sshforward.v1.SSH/ForwardAgent") as call:
                    await call.send(pb.BytesMessage(message(11)).encode())
                    with pytest.raises(RpcError, match=f"^the ssh agent at {re.escape(path)} closed the connection"):
                        async with asyncio.timeout(20):
                            while await call.recv() is not None:
                                pass
        assert [type(error) for error in failures] == [DockerException]

    async def test_an_agent_that_is_gone(self, tmp_path) -> None:
        async with rpc(SshService({"default": str(tmp_path / "none")}).methods()) as channel:
            async with channel.call("/moby.sshforward.v1.SSH/ForwardAgent") as call:
                with pytest.raises(RpcError, match="cannot be reached"):
                    await call.recv()


async def _pieces():
    for piece in (b"ab", b"", b"c" * 3_000_000):
        yield piece


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"abc" * 1_000_000, b"abc" * 1_000_000),
        (io.BytesIO(b"file"), b"file"),
        (_pieces, b"ab" + b"c" * 3_000_000),
        (b"", b""),
    ],
)
async def test_upload(source, expected) -> None:
    uploads = UploadService({"context": source() if callable(source) else source})
    async with rpc(uploads.methods()) as channel:
        got = await fetched(channel)
        async with channel.call("/moby.upload.v1.Upload/Pull", {"urlpath": ["/context"]}) as call:
            with pytest.raises(RpcError):
                await call.recv()
    assert got == expected


async def fetched(channel) -> bytes:
    got = b""
    async with channel.call("/moby.upload.v1.Upload/Pull", {"urlpath": ["/context"]}) as call:
        while (data := await call.recv()) is not None:
            got += pb.BytesMessage.decode(data).data
    return got


def tar_of(name: str, mtime: float, kind: int) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as tar:
        member = tarfile.TarInfo(name)
        member.size, member.mtime = 2, mtime
        tar.addfile(member, io.BytesIO(b"ab"))
    return buffer.getvalue()[:3072]  # the head with the content, and not all of the zeros behind them


@pytest.mark.parametrize(
    ("content", "packed"),
    [
        (tar_of("file", 1, tarfile.PAX_FORMAT), False),
        (tar_of("file", 1.5, tarfile.PAX_FORMAT), True),
        (tar_of("größe", 1, tarfile.PAX_FORMAT), True),
        (tar_of("n" * 200, 1, tarfile.GNU_FORMAT), True),
        (b"FROM busybox", False),
        (b"x" * 2000, False),
        (b"", False),
    ],
)
@pytest.mark.parametrize("size", [1, 200, 511, 512, 513, 100_000])
async def test_an_archive_whose_head_the_engine_does_not_know_is_compressed(content, packed, size) -> None:
    uploads = UploadService(
        {"context": iter([content[start : start + size] for start in range(0, len(content), size)])}
    )
    async with rpc(uploads.methods()) as channel:
        got = await fetched(channel)
    assert (gzip.decompress(got) if packed else got) == content


class TestFiles:
    async def names(self, service: FileSyncService, metadata) -> list[str]:
        found = []
        async with rpc(service.methods()) as channel:
            async with channel.call("/moby.filesync.v1.FileSync/DiffCopy", metadata) as call:
                while (data := await call.recv()) is not None:
                    packet = pb.Packet.decode(data)
                    if packet.type == pb.PACKET_STAT and packet.stat is None:
                        await call.send(pb.Packet(type=pb.PACKET_FIN).encode())
                    elif packet.stat is not None:
                        found.append(packet.stat.path)
        return found

    async def test_patterns_come_as_headers(self, tmp_path) -> None:
        for name in ("a", "größe", "c d", "e"):
            (tmp_path / name).write_text("")
        service = FileSyncService({"context": tmp_path, "dockerfile": {"Dockerfile": b""}})
        assert await self.names(service, {"dir-name": ["dockerfile"]}) == ["Dockerfile"]
        assert await self.names(service, {"dir-name": ["context"], "exclude-patterns": ["a", "e"]}) == ["c d", "größe"]
        raw = {"dir-name": ["context"], "followpaths": ["größe"]}  # 20.10
        assert await self.names(service, raw) == ["größe"]
        encoded = {"dir-name": ["context"], "followpaths": ["gr%C3%B6%C3%9Fe", "c+d"], "followpaths-encoded": ["1"]}
        assert await self.names(service, encoded) == ["c d", "größe"]

    async def test_only_what_was_named_is_served(self, tmp_path) -> None:
        with pytest.raises(RpcError, match="no access"):
            await self.names(FileSyncService({"context": tmp_path}), {"dir-name": ["/etc"]})

    async def test_outputs_by_their_number(self, tmp_path) -> None:
        service = FileSendService({0: Output.tar(tmp_path / "a"), 2: Output.tar(tmp_path / "b")})
        method = "/moby.filesync.v1.FileSend/DiffCopy"
        async with rpc(service.methods()) as channel:
            for header, text in (({}, b"first"), ({"buildkit-attachable-exporter-id": ["2"]}, b"third")):
                async with channel.call(method, header) as call:
                    await call.send(pb.BytesMessage(text).encode(), pb.BytesMessage(b"!").encode())
                    await call.end()
                    assert await call.recv() is None
            async with channel.call(method, {"buildkit-attachable-exporter-id": ["1"]}) as call:
                with pytest.raises(RpcError):
                    await call.recv()
        assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"first!", b"third!")
        assert not FileSendService({}).methods()

    async def test_a_device_is_written_to_as_by_buildx(self, tmp_path) -> None:
        (tmp_path / "device").symlink_to("/dev/null")
        service = FileSendService({0: Output.tar(tmp_path / "device")})
        async with rpc(service.methods()) as channel:
            async with channel.call("/moby.filesync.v1.FileSend/DiffCopy") as call:
                await call.send(pb.BytesMessage(b"all").encode())
                await call.end()
                assert await call.recv() is None
        assert [place.is_symlink() for place in tmp_path.iterdir()] == [True]

    async def send(self, target, data: bytes) -> None:
        async with rpc(FileSendService({0: Output.tar(target)}).methods()) as channel:
            async with channel.call("/moby.filesync.v1.FileSend/DiffCopy") as call:
                await call.send(pb.BytesMessage(data).encode())
                await call.end()
                assert await call.recv() is None

    async def test_a_fifo_is_written_to_as_by_buildx_as_fast_as_it_is_read(self, tmp_path) -> None:
        os.mkfifo(tmp_path / "fifo")
        data = os.urandom(1_000_000)
        sending = asyncio.create_task(self.send(tmp_path / "fifo", data))
        await asyncio.sleep(0.05)
        assert not sending.done()
        assert await asyncio.to_thread((tmp_path / "fifo").read_bytes) == data
        await sending
        assert [place.is_fifo() for place in tmp_path.iterdir()] == [True]

    async def test_a_fifo_that_nobody_reads_holds_up_neither_a_cancellation_nor_the_end_of_the_loop(
        self, tmp_path
    ) -> None:
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await self.send(tmp_path / "fifo", b"all")
        assert await asyncio.to_thread((tmp_path / "fifo").read_bytes) == b""  # ends the thread

    async def test_the_file_behind_a_link_is_replaced_and_not_the_link(self, tmp_path) -> None:
        (tmp_path / "link").symlink_to("file")
        await self.send(tmp_path / "link", b"all")
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "file").read_bytes() == b"all"

    async def test_a_cut_archive_leaves_no_file(self, tmp_path) -> None:
        service = FileSendService({0: Output.tar(tmp_path / "a")})
        async with rpc(service.methods()) as channel:
            async with channel.call("/moby.filesync.v1.FileSend/DiffCopy") as call:
                await call.send(pb.BytesMessage(b"part").encode())
                await asyncio.sleep(0.05)
            async with asyncio.timeout(5):
                while list(tmp_path.iterdir()):
                    await asyncio.sleep(0.01)


BLOB = b"layer" * 1000
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
STORE = {"buildkit-attachable-store-id": ["local:x"]}


class TestContent:
    async def write(self, channel, *requests: pb.WriteContentRequest) -> list[pb.WriteContentResponse]:
        answers = []
        async with channel.call(f"{CONTENT}Write", STORE) as call:
            for request in requests:
                await call.send(request.encode())
                answers.append(pb.WriteContentResponse.decode(await call.recv()))
        return answers

    async def unary(self, channel, method: str, request, response):
        async with channel.call(f"{CONTENT}{method}", STORE) as call:
            await call.send(request.encode())
            await call.end()
            answer = await call.recv()
            await call.recv()
            return response.decode(answer)

    async def test_write_read_list_delete(self, tmp_path) -> None:
        async with rpc(ContentService({"local:x": tmp_path}).methods()) as channel:
            answers = await self.write(
                channel,
                pb.WriteContentRequest(pb.WRITE_STAT, ref="r", total=len(BLOB), expected=DIGEST),
                pb.WriteContentRequest(pb.WRITE_WRITE, offset=0, data=BLOB[:3000]),
                pb.WriteContentRequest(pb.WRITE_WRITE, offset=3000, data=BLOB[3000:]),
                pb.WriteContentRequest(pb.WRITE_COMMIT, offset=5000, total=len(BLOB), expected=DIGEST),
            )
            assert [answer.offset for answer in answers] == [0, 3000, 5000, 5000]
            assert answers[-1].digest == DIGEST
            info = await self.unary(channel, "Info", pb.DigestRequest(DIGEST), pb.InfoContentResponse)
            assert (info.info.digest, info.info.size) == (DIGEST, 5000)
            listed = await self.unary(channel, "List", pb.Empty(), pb.ListContentResponse)
            assert [item.digest for item in listed.info] == [DIGEST]
            read = await self.unary(channel, "Read", pb.ReadContentRequest(DIGEST, 4990), pb.ReadContentResponse)
            assert (read.offset, read.data) == (4990, BLOB[4990:])
            with pytest.raises(RpcError) as caught:
                await self.write(channel, pb.WriteContentRequest(pb.WRITE_STAT, ref="s", expected=DIGEST))
            assert caught.value.code == framing.ALREADY_EXISTS
            await self.unary(channel, "Delete", pb.DigestRequest(DIGEST), pb.Empty)
            with pytest.raises(RpcError) as caught:
                await self.unary(channel, "Info", pb.DigestRequest(DIGEST), pb.InfoContentResponse)
            assert caught.value.code == framing.NOT_FOUND

    async def test_another_content_than_announced(self, tmp_path) -> None:
        async with rpc(ContentService({"local:x": tmp_path}).methods()) as channel:
            with pytest.raises(RpcError) as caught:
                await self.write(
                    channel,
                    pb.WriteContentRequest(pb.WRITE_WRITE, ref="r", data=b"other"),
                    pb.WriteContentRequest(pb.WRITE_COMMIT, offset=5, expected=DIGEST),
                )
        assert caught.value.code == framing.FAILED_PRECONDITION
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    async def test_a_write_at_the_wrong_place(self, tmp_path) -> None:
        async with rpc(ContentService({"local:x": tmp_path}).methods()) as channel:
            with pytest.raises(RpcError) as caught:
                await self.write(channel, pb.WriteContentRequest(pb.WRITE_WRITE, ref="r", offset=7, data=b"x"))
        assert caught.value.code == framing.OUT_OF_RANGE

    @pytest.mark.parametrize("digest", ["", "sha256:../../etc/passwd", "sha256:" + "A" * 64, "md5:" + "0" * 64])
    async def test_a_digest_is_no_path(self, tmp_path, digest) -> None:
        async with rpc(ContentService({"local:x": tmp_path}).methods()) as channel:
            with pytest.raises(RpcError) as caught:
                await self.unary(channel, "Info", pb.DigestRequest(digest), pb.InfoContentResponse)
        assert caught.value.code == framing.INVALID_ARGUMENT

    async def test_abort_status_and_an_unknown_store(self, tmp_path) -> None:
        async with rpc(ContentService({"local:x": tmp_path}).methods()) as channel:
            await self.write(channel, pb.WriteContentRequest(pb.WRITE_WRITE, ref="r", data=b"x"))
            status = await self.unary(channel, "Status", pb.RefRequest("r"), pb.ContentStatusResponse)
            assert status.status.offset == 1
            found = await self.unary(channel, "ListStatuses", pb.Empty(), pb.ListContentStatusesResponse)
            assert [item.ref for item in found.statuses] == ["r"]
            await self.unary(channel, "Abort", pb.RefRequest("r"), pb.Empty)
            with pytest.raises(RpcError):
                await self.unary(channel, "Status", pb.RefRequest("r"), pb.ContentStatusResponse)
            with pytest.raises(RpcError, match="unknown store"):
                await channel.unary(f"{CONTENT}Info", pb.DigestRequest(DIGEST), pb.InfoContentResponse)

    def test_the_index_names_the_manifest(self, tmp_path) -> None:
        record_cache([tmp_path], {"cache.manifest": json.dumps({"digest": DIGEST, "size": 3})})
        index = json.loads((tmp_path / "index.json").read_text())
        assert [item["digest"] for item in index["manifests"]] == [DIGEST]
        assert json.loads((tmp_path / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
        record_cache([tmp_path / "absent"], {})


CUT = b"\x0a\x20x"
SENT = {
    "context": ("filesync.v1.FileSync/DiffCopy", {"dir-name": ["dockerfile"]}, CUT),
    "request": ("filesync.v1.FileSync/DiffCopy", {"dir-name": ["dockerfile"]}, b"\x08\x01\x18" + b"\xff" * 12),
    "request again": ("filesync.v1.FileSync/DiffCopy", {"dir-name": ["dockerfile"]}, b"\x08\x01\x18\x4d"),
    "directory": ("filesync.v1.FileSend/DiffCopy", {}, CUT),
    "content not asked for": ("filesync.v1.FileSend/DiffCopy", {}, b"\x08\x02\x18\x4d"),
    "archive": ("filesync.v1.FileSend/DiffCopy", {"buildkit-attachable-exporter-id": ["1"]}, CUT),
    "secret": ("buildkit.secrets.v1.Secrets/GetSecret", {}, CUT),
    "agent": ("sshforward.v1.SSH/ForwardAgent", {}, CUT),
}


@pytest.mark.parametrize("name", SENT)
async def test_what_cannot_be_read_is_an_error_that_names_the_engine_and_its_call(name, tmp_path) -> None:
    services = (
        FileSyncService({"dockerfile": {"Dockerfile": b""}}),
        FileSendService({0: Output.local(tmp_path), 1: Output.tar(tmp_path / "tar")}),
        SecretService({}),
        SshService({"default": KeyAgent([])}),
    )
    methods = {path: method for service in services for path, method in service.methods().items()}
    path, metadata, sent = SENT[name]
    failures = []
    async with rpc(methods, failed=lambda _, error: failures.append(error)) as channel:
        with pytest.raises(RpcError) as caught:
            async with channel.call(f"/moby.{path}", metadata) as call:
                await call.send(sent)
                while (answer := await call.recv()) is not None:
                    if name == "directory" and pb.Packet.decode(answer).type == pb.PACKET_ERR:
                        assert f"/moby.{path}: the engine sent" in pb.Packet.decode(answer).data.decode()
    [failure] = failures
    assert type(failure) is ProtocolError
    assert str(failure).startswith(f"/moby.{path}: the engine sent what cannot be read: ")
    assert caught.value.message == str(failure)
