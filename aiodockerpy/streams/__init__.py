"""The handles of calls that stream, and what they return and take.

Example:
    .. code-block:: python

        from aiodockerpy.streams import LogStream


        async def show(lines: LogStream) -> None:
            async for line in lines:
                print(line.text)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._protocol.archive import PathStat as PathStat
    from aiodockerpy._protocol.frames import Chunk as Chunk, StreamName as StreamName
    from aiodockerpy._protocol.lines import LogLine as LogLine
    from aiodockerpy._protocol.progress import Layer as Layer, Phase as Phase, Progress as Progress
    from aiodockerpy._protocol.stats import Figures as Figures
    from aiodockerpy._transport.base import ByteStream as ByteStream, Duplex as Duplex
    from aiodockerpy.streams.archives import ArchiveStream as ArchiveStream, BytesStream as BytesStream
    from aiodockerpy.streams.content import Content as Content, Readable as Readable
    from aiodockerpy.streams.output import Attached as Attached, LogStream as LogStream
    from aiodockerpy.streams.progress import ProgressStream as ProgressStream
    from aiodockerpy.streams.source import Source as Source
    from aiodockerpy.streams.stream import Stream as Stream
else:
    from aiodockerpy._exports import exports

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy._protocol.archive": "PathStat",
            "aiodockerpy._protocol.frames": "Chunk StreamName",
            "aiodockerpy._protocol.lines": "LogLine",
            "aiodockerpy._protocol.progress": "Layer Phase Progress",
            "aiodockerpy._protocol.stats": "Figures",
            "aiodockerpy._transport.base": "ByteStream Duplex",
            "aiodockerpy.streams.archives": "ArchiveStream BytesStream",
            "aiodockerpy.streams.content": "Content Readable",
            "aiodockerpy.streams.output": "Attached LogStream",
            "aiodockerpy.streams.progress": "ProgressStream",
            "aiodockerpy.streams.source": "Source",
            "aiodockerpy.streams.stream": "Stream",
        },
    )
