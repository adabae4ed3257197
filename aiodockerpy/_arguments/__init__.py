"""Checking what a caller passes: one gate in front of every public function.

`checked` reads the annotations of a function and brings every argument into the form they name, or refuses it with an
error that names the parameter, the value, and what is needed. `kinds` says which forms are taken.
"""

from aiodockerpy._arguments.gate import checked, checks_arguments, checks_methods, unchecked

__all__ = ["checked", "checks_arguments", "checks_methods", "unchecked"]
