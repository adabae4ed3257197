"""The messages that pull, push, load, import, build and plugin operations send while they work."""

from aiodockerpy.models._base import JsonValue, wire
from aiodockerpy.models._lazy import LazyModel, LowerLazyModel
from aiodockerpy.models.common import OCIDescriptor


class ErrorDetail(LowerLazyModel):
    """Why an operation failed after it had begun to answer."""

    code: int | None = None
    """Exit code of a failed ``RUN`` of the classic builder; otherwise usually missing."""
    message: str | None = None
    """What went wrong."""


class ProgressDetail(LowerLazyModel):
    """How far one part of the work has come."""

    current: int | None = None
    """How much is done, in bytes or in ``units``."""
    total: int | None = None
    """How much there is to do; missing if not known."""
    start: int | None = None
    """When it began, in seconds since 1970."""
    hide_counts: bool | None = wire("hidecounts")
    """Whether a display should leave out the numbers."""
    units: str | None = None
    """What is counted; bytes if missing."""


class ImageID(LazyModel):
    """The image that a build has made."""

    id: str | None = wire("ID")
    """Its id."""


class PushResult(LazyModel):
    """What a push has put into the registry."""

    tag: str | None = None
    """The tag."""
    digest: str | None = None
    """Digest of the manifest behind it."""
    size: int | None = None
    """Size of the manifest in bytes."""


class ManifestPushedInsteadOfIndex(LowerLazyModel):
    """Note of a push: not all platforms are present, so only one was pushed."""

    manifest_pushed_instead_of_index: bool | None = wire("manifestPushedInsteadOfIndex")
    """Always true. API 1.46+."""
    original_index: OCIDescriptor | None = wire("originalIndex")
    """The index that could not be pushed whole. API 1.46+."""
    selected_manifest: OCIDescriptor | None = wire("selectedManifest")
    """The manifest that was pushed. API 1.46+."""


class ContentMissing(LowerLazyModel):
    """Note of a push: it failed since content is not present on the engine."""

    content_missing: bool | None = wire("contentMissing")
    """Always true. API 1.46+."""
    desc: OCIDescriptor | None = None
    """What was to be pushed. API 1.46+."""


class JSONMessage(LowerLazyModel):
    """One message of a running pull, push, load, import, build or plugin operation.

    Example:
        ``{"status": "Downloading", "id": "4f4fb700ef54", "progressDetail": {"current": 32, "total": 64}}``
    """

    id: str | None = None
    """What the message is about, for example a layer."""
    status: str | None = None
    """What is being done."""
    stream: str | None = None
    """Output, with its line ends: of a build, or of a load."""
    progress_detail: ProgressDetail | None = wire("progressDetail")
    """How far it has come; an empty object if that is unknown."""
    progress: str | None = None
    """The same as a ready-made bar; not sent any more by newer engines."""
    error_detail: ErrorDetail | None = wire("errorDetail")
    """Set on failure."""
    error: str | None = None
    """The text of the failure alone."""
    aux: JsonValue = None
    """Machine-readable results; their form depends on the operation."""

    @property
    def failure(self) -> str | None:
        """Why the operation failed; ``None`` if this is not a message of failure."""
        detail = self.get("errorDetail")
        message = detail.message if isinstance(detail, ErrorDetail) else detail
        if message or self.error:
            return str(message or self.error)
        return "the engine gave no reason" if detail is not None else None

    @property
    def image_id(self) -> str | None:
        """Id of the image that a build has made, if this message has it."""
        found = self._aux("ID")
        return found if isinstance(found, str) else None

    @property
    def pushed(self) -> PushResult | None:
        """What a push has put into the registry, if this message has it."""
        return PushResult.from_value(self.aux) if self._aux("Digest") else None

    @property
    def note(self) -> ManifestPushedInsteadOfIndex | ContentMissing | None:
        """What a push reports about platforms that are not present, if this message does."""
        if self._aux("manifestPushedInsteadOfIndex"):
            return ManifestPushedInsteadOfIndex.from_value(self.aux)
        return ContentMissing.from_value(self.aux) if self._aux("contentMissing") else None

    def _aux(self, name: str) -> JsonValue:
        return self.aux.get(name) if isinstance(self.aux, dict) else None
