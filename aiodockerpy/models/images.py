"""Images as the engine reports them."""

from typing import Literal

from aiodockerpy.models._base import JsonValue, LowerModel, Model, wire
from aiodockerpy.models._lazy import LazyModel
from aiodockerpy.models._time import Time
from aiodockerpy.models.common import DriverData, OCIDescriptor, OCIPlatform
from aiodockerpy.models.containers import ContainerConfig, HealthConfig

ManifestKind = Literal["image", "attestation", "unknown"] | str
"""What a manifest describes; open for newer values."""

KnownSignerIdentity = Literal["DHI"] | str
"""A signer that is built into the engine (``DHI``: Docker Hardened Images); open for newer values."""

SignatureType = Literal["bundle-v0.3", "simplesigning-v1"] | str
"""The format of a signature; open for newer values."""

SignatureTimestampType = Literal["Tlog", "TimestampAuthority"] | str
"""Who vouches for the time of a signature; open for newer values."""


class SignatureTimestamp(LazyModel):
    """A time at which a signature is known to have existed."""

    type: SignatureTimestampType | None = None
    """A transparency log or a timestamp authority. API 1.53+."""
    uri: str | None = wire("URI")
    """Address of the log or the authority. API 1.53+."""
    timestamp: Time | None = None
    """The time. API 1.53+."""


class SignerIdentity(LazyModel):
    """Who signed, as the certificate of the signature says."""

    certificate_issuer: str | None = None
    """Issuer of the certificate. API 1.53+."""
    subject_alternative_name: str | None = None
    """Subject alternative name of the certificate. API 1.53+."""
    issuer: str | None = None
    """OIDC issuer that vouched for the signer. API 1.53+."""
    build_signer_uri: str | None = wire("BuildSignerURI")
    """Instructions that did the signing, for example a reusable workflow. API 1.53+."""
    build_signer_digest: str | None = None
    """Version of those instructions. API 1.53+."""
    runner_environment: str | None = None
    """Whether the build ran on hosted or self-hosted machines. API 1.53+."""
    source_repository_uri: str | None = wire("SourceRepositoryURI")
    """Repository that was built. API 1.53+."""
    source_repository_digest: str | None = None
    """Revision that was built. API 1.53+."""
    source_repository_ref: str | None = None
    """Branch or tag that was built. API 1.53+."""
    source_repository_identifier: str | None = None
    """Lasting id of the repository. API 1.53+."""
    source_repository_owner_uri: str | None = wire("SourceRepositoryOwnerURI")
    """Address of the repository's owner. API 1.53+."""
    source_repository_owner_identifier: str | None = None
    """Lasting id of the repository's owner. API 1.53+."""
    build_config_uri: str | None = wire("BuildConfigURI")
    """Configuration that started the build. API 1.53+."""
    build_config_digest: str | None = None
    """Version of that configuration. API 1.53+."""
    build_trigger: str | None = None
    """What set off the build. API 1.53+."""
    run_invocation_uri: str | None = wire("RunInvocationURI")
    """The run that made the image. API 1.53+."""
    source_repository_visibility_at_signing: str | None = None
    """Whether the repository was public or private at that time. API 1.53+."""


class SignatureIdentity(LazyModel):
    """A signature of an image and what came of checking it."""

    name: str | None = None
    """Short text naming the signer. API 1.53+."""
    timestamps: list[SignatureTimestamp] | None = None
    """Times at which the signature is known to have existed. API 1.53+."""
    known_signer: KnownSignerIdentity | None = None
    """Set if the signer is built into the engine. API 1.53+."""
    docker_reference: str | None = None
    """Image reference that was signed, for signatures that name one. API 1.53+."""
    signer: SignerIdentity | None = None
    """Who signed. API 1.53+."""
    signature_type: SignatureType | None = None
    """Format of the signature. API 1.53+."""
    error: str | None = None
    """Why the signature is invalid. API 1.53+."""
    warnings: list[str] | None = None
    """Warnings that do not make the signature invalid. API 1.53+."""


class PullIdentity(LazyModel):
    """That an image was pulled from somewhere."""

    repository: str | None = None
    """Repository it was pulled from. API 1.53+."""


class BuildIdentity(LazyModel):
    """That an image was built here."""

    ref: str | None = None
    """Reference of the build, for the build history. API 1.53+."""
    created_at: Time | None = None
    """When it was built. API 1.53+."""


class Identity(LazyModel):
    """Where an image comes from, as far as the engine can verify it."""

    signature: list[SignatureIdentity] | None = None
    """Its signatures. API 1.53+."""
    pull: list[PullIdentity] | None = None
    """Where it was pulled from. API 1.53+."""
    build: list[BuildIdentity] | None = None
    """The builds on this engine that made it. API 1.53+."""


class ImageManifestSummarySize(LazyModel):
    """How much room a manifest takes."""

    total: int | None = None
    """Bytes in all: compressed content and what is unpacked of it. API 1.47+."""
    content: int | None = None
    """Bytes of the (compressed) content that is present. API 1.47+."""


class ImageManifestSummaryImageDataSize(LazyModel):
    """How much room an unpacked image takes."""

    unpacked: int | None = None
    """Bytes on disk once unpacked. API 1.47+."""


class ImageManifestSummaryImageData(LazyModel):
    """What is known of a manifest that describes an image."""

    platform: OCIPlatform | None = None
    """Platform of the image. API 1.47+."""
    identity: Identity | None = None
    """Where the image comes from; listed only on request. API 1.54+."""
    containers: list[str] | None = None
    """Ids of the containers that use it. API 1.47+."""
    size: ImageManifestSummaryImageDataSize | None = None
    """Room it takes. API 1.47+."""


class ImageManifestSummaryAttestationData(LazyModel):
    """What is known of a manifest that holds attestations."""

    for_: str | None = wire("For")
    """Digest of the image manifest that it describes. API 1.47+."""


class ImageManifestSummary(LazyModel):
    """One manifest of an image: a platform's image, or attestations about one."""

    id: str | None = wire("ID")
    """Digest of the manifest. API 1.47+."""
    descriptor: OCIDescriptor | None = None
    """Descriptor of the manifest. API 1.47+."""
    available: bool | None = None
    """Whether all of its content is present on the engine. API 1.47+."""
    size: ImageManifestSummarySize | None = None
    """Room it takes. API 1.47+."""
    kind: ManifestKind | None = None
    """What it describes, and so which of the two fields below is set. API 1.47+."""
    image_data: ImageManifestSummaryImageData | None = None
    """Set if it describes an image. API 1.47+."""
    attestation_data: ImageManifestSummaryAttestationData | None = None
    """Set if it holds attestations. API 1.47+."""


class ImageSummary(LazyModel):
    """An image in a list."""

    id: str | None = None
    """Id: digest of its configuration, or of its index or manifest with the containerd image store."""
    parent_id: str | None = None
    """Id of the image it was built from by the classic builder; empty if pulled or built by BuildKit."""
    repo_tags: list[str] | None = None
    """References with tags; empty (``<none>:<none>`` before API 1.43) if it has none."""
    repo_digests: list[str] | None = None
    """References with digests, as registries have the image."""
    created: int | None = None
    """When it was made, in seconds since 1970."""
    size: int | None = None
    """Bytes of all its layers."""
    shared_size: int | None = None
    """Bytes it shares with other images; ``-1`` if not asked for."""
    labels: dict[str, str] | None = None
    """Its labels."""
    containers: int | None = None
    """How many containers use it; ``-1`` if not counted, as it always is before API 1.51."""
    manifests: list[ImageManifestSummary] | None = None
    """Its manifests, if asked for. API 1.47+."""
    descriptor: OCIDescriptor | None = None
    """Descriptor of its index or manifest; containerd image store only. API 1.48+."""
    virtual_size: int | None = None
    """The same as ``size``; up to API 1.43."""


class ImageConfig(LazyModel):
    """The configuration for containers of an image. Fields that only containers have were removed in API 1.50."""

    user: str | None = None
    """User (and group) of the process: ``user[:group]``, names or ids."""
    exposed_ports: dict[str, JsonValue] | None = None
    """Ports it serves, ``port/protocol``; the values are empty objects."""
    env: list[str] | None = None
    """Environment as ``NAME=value``."""
    cmd: list[str] | None = None
    """Command, or arguments to ``entrypoint``."""
    healthcheck: HealthConfig | None = None
    """How its health is tested."""
    args_escaped: bool | None = None
    """Whether the command is escaped already (Windows)."""
    volumes: dict[str, JsonValue] | None = None
    """Paths that become volumes; the values are empty objects."""
    working_dir: str | None = None
    """Directory the process starts in."""
    entrypoint: list[str] | None = None
    """What is started in every case."""
    on_build: list[str] | None = None
    """Instructions to be carried out by builds that start from it."""
    labels: dict[str, str] | None = None
    """Labels."""
    stop_signal: str | None = None
    """Signal that asks its process to stop."""
    shell: list[str] | None = None
    """Shell of the shell form of ``RUN``, ``CMD`` and ``ENTRYPOINT``."""
    hostname: str | None = None
    """Always empty; up to API 1.49."""
    domainname: str | None = None
    """Always empty; up to API 1.49."""
    attach_stdin: bool | None = None
    """Always false; up to API 1.49."""
    attach_stdout: bool | None = None
    """Always false; up to API 1.49."""
    attach_stderr: bool | None = None
    """Always false; up to API 1.49."""
    tty: bool | None = None
    """Always false; up to API 1.49."""
    open_stdin: bool | None = None
    """Always false; up to API 1.49."""
    stdin_once: bool | None = None
    """Always false; up to API 1.49."""
    image: str | None = None
    """The image it was built from, by the classic builder; up to API 1.49."""
    network_disabled: bool | None = None
    """Always false; up to API 1.49."""
    mac_address: str | None = None
    """Always empty; up to API 1.49."""
    stop_timeout: int | None = None
    """Seconds between the stop signal and SIGKILL; up to API 1.49."""


class ImageInspectRootFS(LazyModel):
    """What the file system of an image is made of."""

    type: str | None = None
    """``layers``."""
    layers: list[str] | None = None
    """Digests of the unpacked layers, the lowest first."""


class ImageInspectMetadata(LazyModel):
    """What the engine itself has noted about an image."""

    last_tag_time: Time | None = None
    """When it was last tagged on this engine."""


class ImageInspect(LazyModel):
    """All about one image.

    Fields that an engine no longer has, or does not have yet, read as ``None``.
    """

    id: str | None = None
    """Id: digest of its configuration, or of its index or manifest with the containerd image store."""
    descriptor: OCIDescriptor | None = None
    """Descriptor of its index or manifest; containerd image store only. API 1.48+."""
    manifests: list[ImageManifestSummary] | None = None
    """Its manifests, if asked for. API 1.48+."""
    identity: Identity | None = None
    """Where it comes from. API 1.53+."""
    repo_tags: list[str] | None = None
    """References with tags."""
    repo_digests: list[str] | None = None
    """References with digests, as registries have the image."""
    comment: str | None = None
    """Text given at commit or import."""
    created: Time | None = None
    """When it was made; ``None`` if the image does not record it."""
    author: str | None = None
    """The author, as given at build or commit."""
    config: ImageConfig | None = None
    """Its configuration for containers."""
    architecture: str | None = None
    """CPU architecture, for example ``amd64``."""
    variant: str | None = None
    """Variant of the CPU, for example ``v8``."""
    os: str | None = None
    """Operating system, for example ``linux``."""
    os_version: str | None = None
    """Version of the operating system; Windows."""
    size: int | None = None
    """Bytes of all its layers."""
    graph_driver: DriverData | None = None
    """Where the storage driver keeps it; absent with the containerd image store from API 1.52 on."""
    root_fs: ImageInspectRootFS | None = wire("RootFS")
    """Its layers."""
    metadata: ImageInspectMetadata | None = None
    """What the engine has noted."""
    parent: str | None = None
    """Id of the image it was built from by the classic builder; up to API 1.51."""
    docker_version: str | None = None
    """Version of the engine that built it; up to API 1.51."""
    container: str | None = None
    """Id of the container it was committed from; up to API 1.44."""
    container_config: ContainerConfig | None = None
    """Configuration of that container; up to API 1.44."""
    virtual_size: int | None = None
    """The same as ``size``; up to API 1.43."""


class ImageHistoryItem(LazyModel):
    """One step of the making of an image."""

    id: str | None = None
    """Id of the image as it was after this step; ``<missing>`` if not on this engine."""
    created: int | None = None
    """When the step was carried out, in seconds since 1970."""
    created_by: str | None = None
    """What the step did."""
    tags: list[str] | None = None
    """References of the image as it was after this step."""
    size: int | None = None
    """Bytes that the step added."""
    comment: str | None = None
    """Text of the step, for example ``buildkit.dockerfile.v0``."""


class ImageDeleteItem(LazyModel):
    """One thing that the removal of an image did: exactly one of the two is set."""

    untagged: str | None = None
    """Reference that was taken away."""
    deleted: str | None = None
    """Id of an image or layer that was deleted."""


class ImagePrune(Model):
    """What pruning images did."""

    images_deleted: list[ImageDeleteItem] | None = None
    """What was untagged and deleted."""
    space_reclaimed: int | None = None
    """Bytes that are free now."""


class ImageSearchItem(LowerModel):
    """An image found on Docker Hub."""

    description: str | None = None
    """What it is for."""
    is_official: bool | None = None
    """Whether it is one of the official images."""
    is_automated: bool | None = None
    """Always false by now; once, whether Docker Hub built it."""
    name: str | None = None
    """Its repository."""
    star_count: int | None = None
    """How many users have starred it."""


class AttestationStatement(Model):
    """An attestation that belongs to an image, such as its SBOM or provenance."""

    descriptor: OCIDescriptor | None = None
    """Where the statement is stored. API 1.55+."""
    predicate_type: str | None = None
    """What the statement is about, for example ``https://slsa.dev/provenance/v1``. API 1.55+."""
    statement: JsonValue = None
    """The in-toto statement itself, if asked for. API 1.55+."""
