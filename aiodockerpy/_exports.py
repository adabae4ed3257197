"""Lazy exports: a package lists where its public names are defined, and a file is loaded when a name of it is used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def exports(
    package: str, homes: Mapping[str, str], *, modules: str = "", own: str = "", hints: Mapping[str, str] | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return the ``__getattr__``, ``__dir__`` and ``__all__`` of a package.

    Args:
        package: The package's ``__name__``.
        homes: Module to the names that it defines, separated by spaces; ``a:b`` exports ``a`` as ``b``.
        modules: Public modules below the package, separated by spaces.
        own: Names that the package itself defines, separated by spaces.
        hints: What to write instead, for names that do not exist.
    """
    home: dict[str, tuple[str, str]] = dict.fromkeys(modules.split(), ("", ""))
    for module, names in homes.items():
        for name in names.split():
            original, _, exported = name.partition(":")
            home[exported or original] = (module, original)
    public = sorted([*home, *own.split()])

    def getattr_(name: str) -> object:
        if name not in home:
            hint = (hints or {}).get(name)
            raise AttributeError(f"module {package!r} has no attribute {name!r}" + (f": {hint}" if hint else ""))
        module, original = home[name]
        from aiodockerpy._exhausted import reporting_exhaustion

        with reporting_exhaustion():
            value = getattr(import_module(module), original) if module else import_module(f"{package}.{name}")
        setattr(sys.modules[package], name, value)
        return value

    return getattr_, lambda: public, public
