"""Which files the patterns of a ``.dockerignore`` leave: the same through buildx and through this library."""

from __future__ import annotations

import random

import pytest

from aiodockerpy._protocol.dockerignore import read_patterns
from aiodockerpy.buildkit._files.filters import Filter
from aiodockerpy.buildkit._files.walk import Walk

NAMES = ["a", "b", "ab", "aab", "b.txt", ".a", "a b", "é", "a+b", "[a]", "a\nb"]
PARTS = [
    *NAMES, "*", "**", "?", "a*", "*b", "*a*b", "**b", "b**", "a**", "*.txt", "[ab]", "[^a]*", "a[^x]b", "[a-c]?", "\\[a\\]",
    "?b", "**a*", "***", "*a*a*", ".*", "..", ".", "", "é*", "[é]", "a]", "\\w", "\\Db", "[\\w.]*", "a\\b", "b\\.*", "\\s*", "a\\W",
]  # fmt: skip


def make_case(chance, root, prefix=""):
    """Write a random tree below a directory; return the lines that are to be tried on it."""
    for _ in range(chance.randint(3, 9)):
        place = root.joinpath(prefix, *chance.choices(NAMES, k=chance.randint(1, 4)))
        if not any(parent.is_file() for parent in (place, *place.parents)) and not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(b"")
    lines = []
    for _ in range(chance.randint(1, 6)):
        sign = chance.choice(["", "", "", "!", "!", "/", "!/", "# "])
        path = "/".join(chance.choices(PARTS, k=chance.randint(1, 3))).replace("\n", "?")
        lines.append(f"{sign}{prefix}{'' if path.startswith('..') else path}")
    return [line for line in lines if not set(read_patterns(line)) & {"!", "!/"}]  # which buildx refuses, as we do


def make_context(chance, root, cases):
    """Write one case, or several below a directory each."""
    root.mkdir()
    prefixes = [f"case{number}/" for number in range(cases)] if cases > 1 else [""]
    lines = [line for prefix in prefixes for line in make_case(chance, root, prefix)]
    (root / ".dockerignore").write_text("\n".join(lines) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["new"], indirect=True)
async def test_two_thousand_random_cases_leave_what_buildx_leaves(buildx, tmp_path):
    """Named contexts have ignore files of their own, so that one build tries many; a stage holds about a hundred."""
    chance = random.Random(20)
    sizes = [1] * 180 + [182] * 10
    names = [f"c{number}" for number in range(len(sizes))]
    for name, cases in zip(names, sizes, strict=True):
        make_context(chance, tmp_path / name, cases)
    steps = [f"COPY --from={name} . /{name}/" for name in names]
    stages = [steps[start : start + 95] for start in range(0, len(steps), 95)]
    text = "".join("\n".join([f"FROM scratch AS s{number}", *stage, ""]) for number, stage in enumerate(stages))
    copies = [f"COPY --from=s{number} / /" for number in range(len(stages))]
    (tmp_path / "Dockerfile").write_text("\n".join([text, "FROM scratch", *copies]))
    (tmp_path / "empty").mkdir()
    contexts = [f"--build-context={name}={tmp_path / name}" for name in names]
    out = tmp_path / "out"
    await buildx(f"--output=type=local,dest={out}", *contexts, f"--file={tmp_path}/Dockerfile", str(tmp_path / "empty"))
    for name in names:
        lines = (tmp_path / name / ".dockerignore").read_text()
        expected = sorted(str(place.relative_to(out / name)) for place in (out / name).rglob("*"))
        sent = [entry.path for entry, _ in Walk(tmp_path / name, Filter(exclude=read_patterns(lines)))]
        assert sorted(sent) == expected, lines
