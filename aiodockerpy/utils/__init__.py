"""docker-py's helper functions, and JSON of what the library returns.

The client itself accepts every form that the former convert.

docker-py's ``utils.socket`` and ``utils.json_stream`` are not here: streams return chunks, lines and messages.
"""

from __future__ import annotations

from aiodockerpy._jsonable import dumps, jsonable
from aiodockerpy._options.containers import (
    binds as convert_volume_binds,
    environment_list as format_environment,
    link_texts as normalize_links,
    port_bindings as convert_port_bindings,
    tmpfs_map as convert_tmpfs_mounts,
)
from aiodockerpy._protocol.units import parse_bytes
from aiodockerpy.utils import ports
from aiodockerpy.utils.build import create_archive, exclude_paths, match_tag, mkbuildcontext, tar
from aiodockerpy.utils.convert import (
    convert_filters,
    convert_service_networks,
    datetime_to_timestamp,
    decode_json_header,
    format_extra_hosts,
    parse_devices,
    parse_host,
    parse_repository_tag,
    split_command,
)
from aiodockerpy.utils.environment import kwargs_from_env, parse_env_file
from aiodockerpy.utils.versions import compare_version, version_gte, version_lt

__all__ = [
    "compare_version",
    "convert_filters",
    "convert_port_bindings",
    "convert_service_networks",
    "convert_tmpfs_mounts",
    "convert_volume_binds",
    "create_archive",
    "datetime_to_timestamp",
    "decode_json_header",
    "dumps",
    "exclude_paths",
    "format_environment",
    "format_extra_hosts",
    "jsonable",
    "kwargs_from_env",
    "match_tag",
    "mkbuildcontext",
    "normalize_links",
    "parse_bytes",
    "parse_devices",
    "parse_env_file",
    "parse_host",
    "parse_repository_tag",
    "ports",
    "split_command",
    "tar",
    "version_gte",
    "version_lt",
]
