"""docker-py's helper functions, and JSON of what the library returns.

The client itself accepts every form that docker-py's helpers convert.

docker-py's ``utils.socket`` and ``utils.json_stream`` are not here: streams return chunks, lines and messages.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiodockerpy._jsonable import dumps as dumps, jsonable as jsonable
    from aiodockerpy._options.containers import (
        convert_port_bindings as convert_port_bindings,
        convert_tmpfs_mounts as convert_tmpfs_mounts,
        convert_volume_binds as convert_volume_binds,
        format_environment as format_environment,
        normalize_links as normalize_links,
    )
    from aiodockerpy._protocol.units import parse_bytes as parse_bytes
    from aiodockerpy.utils import ports as ports
    from aiodockerpy.utils.build import *
    from aiodockerpy.utils.convert import *
    from aiodockerpy.utils.environment import *
    from aiodockerpy.utils.versions import *
else:
    from aiodockerpy._exports import exports
    from aiodockerpy.utils import build  # noqa: F401 - documented for those who used docker-py's PatternMatcher

    __getattr__, __dir__, __all__ = exports(
        __name__,
        {
            "aiodockerpy._jsonable": "dumps jsonable",
            "aiodockerpy._options.containers": "convert_port_bindings convert_tmpfs_mounts convert_volume_binds format_environment normalize_links",
            "aiodockerpy._protocol.units": "parse_bytes",
            "aiodockerpy.utils.build": "create_archive exclude_paths match_tag mkbuildcontext tar",
            "aiodockerpy.utils.convert": "convert_filters convert_service_networks datetime_to_timestamp decode_json_header format_extra_hosts parse_devices parse_host parse_repository_tag split_command",
            "aiodockerpy.utils.environment": "kwargs_from_env parse_env_file",
            "aiodockerpy.utils.versions": "compare_version version_gte version_lt",
        },
        modules="ports",
    )
