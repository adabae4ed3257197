"""What a registry reports about an image, requested through the engine."""

from aiodockerpy.models._base import Model
from aiodockerpy.models.common import OCIDescriptor, OCIPlatform


class DistributionInspect(Model):
    """An image as the registry has it."""

    descriptor: OCIDescriptor | None = None
    """Descriptor of its index or manifest."""
    platforms: list[OCIPlatform] | None = None
    """The platforms it is there for."""
