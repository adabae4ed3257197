"""The built-in programs; each takes a `Run` and returns its exit code."""

from __future__ import annotations

import asyncio
import posixpath
import re
import stat
from collections.abc import Awaitable, Callable
from typing import Final

from aiodockerpy.testing._programs.filesystem import chmod, cp, find, ln, mkdir, readlink, rm, stat_, touch
from aiodockerpy.testing._programs.ls import ls
from aiodockerpy.testing._programs.process import signal_number
from aiodockerpy.testing._programs.shell import Run, Shell

BLOCK = 65536
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b"}
_UNITS = {"k": 1024, "K": 1024, "M": 1024**2, "G": 1024**3, "b": 512}


def _size(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1]] if text[-1:] in _UNITS else int(text)


async def _contents(run: Run, names: list[str]) -> list[bytes] | None:
    """Read files, or standard input without names; ``None`` if one is missing."""
    found: list[bytes] = []
    for name in names or ["-"]:
        if name == "-":
            found.append(await run.io.stdin.read())
            continue
        try:
            found.append(run.files.read(name))
        except FileNotFoundError:
            run.say(f"can't open '{name}': No such file or directory")
            return None
        except IsADirectoryError:
            run.say("read error: Is a directory")
            return None
    return found


async def true(run: Run) -> int:
    """Exit with 0."""
    del run
    return 0


async def false(run: Run) -> int:
    """Exit with 1."""
    del run
    return 1


async def echo(run: Run) -> int:
    """Write the arguments."""
    words, end, escapes = run.args[1:], "\n", False
    while words and words[0] in {"-n", "-e", "-ne", "-en"}:
        option = words.pop(0)
        end = "" if "n" in option else end
        escapes = escapes or "e" in option
    text = " ".join(words) + end
    run.io.stdout.write(_unescape(text) if escapes else text)
    return 0


def _unescape(text: str) -> bytes:
    out = bytearray()
    place = 0
    while place < len(text):
        char = text[place]
        following = text[place + 1 : place + 2]
        if char != "\\" or not following:
            out += char.encode()
            place += 1
        elif following in "01234567":
            digits = text[place + 1 : place + 4]
            while digits and not set(digits) <= set("01234567"):
                digits = digits[:-1]
            out.append(int(digits, 8) & 255)
            place += 1 + len(digits)
        elif following == "x":
            out.append(int(text[place + 2 : place + 4], 16))
            place += 4
        else:
            out += _ESCAPES.get(following, "\\" + following).encode()
            place += 2
    return bytes(out)


async def printf(run: Run) -> int:
    """Write a format with its arguments."""
    template, words = run.args[1] if len(run.args) > 1 else "", run.args[2:]
    while True:
        text = template
        for word in list(words):
            for mark in ("%s", "%d", "%b"):
                if mark in text:
                    text = text.replace(mark, word, 1)
                    words.pop(0)
                    break
        run.io.stdout.write(_unescape(text.replace("%s", "").replace("%%", "%")))
        if not words or text == template:
            return 0


async def cat(run: Run) -> int:
    """Copy files, or standard input."""
    if not run.args[1:] or run.args[1:] == ["-"]:
        while data := await run.io.stdin.read(BLOCK):
            run.io.stdout.write(data)
            await run.io.stdout.drain()
        return 0
    status = 0
    for name in run.args[1:]:
        contents = await _contents(run, [name])
        status = status or int(contents is None)
        run.io.stdout.write(b"".join(contents or []))
    return status


async def sleep(run: Run) -> int:
    """Wait by the engine's clock."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    try:
        total = sum(
            float(word[:-1]) * units[word[-1]] if word[-1] in units else float("inf" if word == "infinity" else word)
            for word in run.args[1:]
        )
    except ValueError:
        return run.say(f"invalid number '{run.args[1]}'")
    await run.process.sleep(min(total, 10.0**8))
    return 0


async def env(run: Run) -> int:
    """Write the environment, or run a program in a changed one: with ``-i``, ``-u`` and variables before it."""
    words, values = run.args[1:], dict(run.env)
    while words and (words[0].startswith("-") or "=" in words[0]):
        name, equals, value = words.pop(0).partition("=")
        if equals:
            values[name] = value
        elif name.startswith("-u"):
            values.pop(name[2:] or words.pop(0), None)
        else:
            values.clear()
    if words:
        return await run.host.run(Run(words, run.io, values, run.files, run.process, run.host))
    run.io.stdout.write("".join(f"{name}={value}\n" for name, value in values.items()))
    return 0


async def sh(run: Run) -> int:
    """Run the small shell."""
    return await Shell(run.process, run.host, run.io, run.env, run.files).main(run.args)


async def seq(run: Run) -> int:
    """Write numbers."""
    numbers = [int(word) for word in run.args[1:]]
    first, step, last = (1, 1, numbers[0]) if len(numbers) == 1 else (numbers[0], 1, numbers[-1])
    if len(numbers) == 3:
        first, step, last = numbers
    values = range(first, last + (1 if step > 0 else -1), step)
    for start in range(0, len(values), 5000):
        run.io.stdout.write("".join(f"{number}\n" for number in values[start : start + 5000]))
        await run.io.stdout.drain()
    return 0


async def head(run: Run) -> int:
    """Write the beginning."""
    words = run.args[1:]
    names: list[str] = []
    lines, size = 10, None
    while words:
        word = words.pop(0)
        if word.startswith("-c"):
            size = _size(word[2:] or words.pop(0))
        elif word.startswith("-n"):
            lines = int(word[2:] or words.pop(0))
        elif word[1:].isdecimal() and word.startswith("-"):
            lines = int(word[1:])
        else:
            names.append(word)
    if size is not None:
        return await _head_bytes(run, names, size)
    if not names:
        for _ in range(lines):
            run.io.stdout.write(await run.io.stdin.readline())
        return 0
    contents = await _contents(run, names)
    for content in contents or []:
        run.io.stdout.write(b"".join(content.splitlines(keepends=True)[:lines]))
    return int(contents is None)


async def _head_bytes(run: Run, names: list[str], size: int) -> int:
    if names in (["/dev/zero"], ["/dev/urandom"]):
        for start in range(0, size, BLOCK):
            run.io.stdout.write(bytes(min(BLOCK, size - start)))
            await run.io.stdout.drain()
        return 0
    if names:
        contents = await _contents(run, names)
        run.io.stdout.write(b"".join(contents or [])[:size])
        return int(contents is None)
    while size and (data := await run.io.stdin.read(min(size, BLOCK))):
        run.io.stdout.write(data)
        await run.io.stdout.drain()
        size -= len(data)
    return 0


async def tail(run: Run) -> int:
    """Write the end."""
    words = run.args[1:]
    lines = int(words[words.index("-n") + 1]) if "-n" in words else 10
    names = [word for word in words if not word.startswith("-") and not word.isdecimal()]
    if "-f" in words:
        await run.process.sleep(10.0**8)
    contents = await _contents(run, names)
    for content in contents or []:
        run.io.stdout.write(b"".join(content.splitlines(keepends=True)[-lines:]))
    return int(contents is None)


async def wc(run: Run) -> int:
    """Count bytes, lines or words."""
    options = [word for word in run.args[1:] if word.startswith("-")]
    names = [word for word in run.args[1:] if not word.startswith("-")]
    if options == ["-c"] and not names:
        total = 0
        while data := await run.io.stdin.read(BLOCK):
            total += len(data)
        run.io.stdout.write(f"{total}\n")
        return 0
    contents = await _contents(run, names)
    if contents is None:
        return 1
    data = b"".join(contents)
    counts = {"-l": data.count(b"\n"), "-w": len(data.split()), "-c": len(data)}
    chosen = [count for option, count in counts.items() if not options or option in options]
    run.io.stdout.write(" ".join([*map(str, chosen), *names]) + "\n")
    return 0


async def test(run: Run) -> int:
    """Compare texts and numbers, or look at files."""
    words = run.args[1:]
    if run.args[0] == "[":
        if words[-1:] != ["]"]:
            return run.say("missing ]") + 1
        words.pop()
    return int(not _holds(run, words))


def _holds(run: Run, words: list[str]) -> bool:
    if words[:1] == ["!"]:
        return not _holds(run, words[1:])
    if len(words) < 2:
        return bool(words and words[0])
    if len(words) == 2:
        node = run.files.get(words[1])
        checks = {
            "-e": node is not None,
            "-f": node is not None and stat.S_ISREG(node.mode),
            "-d": node is not None and node.is_dir,
            "-s": node is not None and bool(node.data),
            "-n": bool(words[1]),
            "-z": not words[1],
            "-x": node is not None and bool(node.mode & 0o111),
            "-t": run.process.tty,
        }
        return bool(checks.get(words[0], node is not None))
    left, operator, right = words[:3]
    if operator in {"=", "=="}:
        return left == right
    if operator == "!=":
        return left != right
    if operator in {"-ef", "-nt", "-ot"}:
        first, second = run.files.get(left), run.files.get(right)
        if first is None or second is None:
            return False
        same = first is second and (bool(first.inode) or run.files.resolve(left) == run.files.resolve(right))
        return {"-ef": same, "-nt": first.mtime > second.mtime, "-ot": first.mtime < second.mtime}[operator]
    if operator in {"-a", "-o"}:
        return (bool(left) and bool(right)) if operator == "-a" else bool(left or right)
    one, other = int(left or 0), int(right or 0)
    return {
        "-eq": one == other,
        "-ne": one != other,
        "-lt": one < other,
        "-le": one <= other,
        "-gt": one > other,
        "-ge": one >= other,
    }[operator]


async def kill(run: Run) -> int:
    """Send a signal to this process, or to the first one."""
    words = run.args[1:]
    name = words.pop(0)[1:] if words and words[0].startswith("-") else "TERM"
    if name == "s":
        name = words.pop(0)
    for word in words:
        target = run.host.peer(int(word))
        if target is None:
            return run.say(f"can't kill pid {word}: No such process")
        inside_first = target is run.process and run.process.pid == 1 and signal_number(name) == 9
        if not inside_first:
            target.kill(signal_number(name))
        await asyncio.sleep(0)
    return 0


async def ps(run: Run) -> int:
    """List the processes of the container; supports ``-o`` with pid, user, time, comm and args."""
    names = run.args[run.args.index("-o") + 1].split(",") if "-o" in run.args else ["pid", "user", "time", "command"]
    width = {"pid": 5, "user": 8, "time": 5}
    rows = [{name: name.upper() for name in names}]
    for pid in sorted(filter(str.isdecimal, run.files.listdir("/proc")), key=int):
        args = run.files.read(f"/proc/{pid}/cmdline").decode(errors="replace").rstrip("\0").replace("\0", " ")
        comm = posixpath.basename(args.partition(" ")[0])
        rows.append({"pid": pid, "user": "root", "time": "0:00", "comm": comm, "args": args, "command": args})
    for row in rows:
        cells = [row[name].rjust(5) if name == "pid" else row[name].ljust(width.get(name, 0)) for name in names]
        run.io.stdout.write(" ".join(cells) + "\n")
    return 0


async def cut(run: Run) -> int:
    """Write parts of lines: of ``-c`` characters, or of ``-f`` fields that ``-d`` separates."""
    options = {"d": "\t"}
    words, names = run.args[1:], list[str]()
    while words:
        word = words.pop(0)
        if word[:1] == "-" and word[1:2] in set("cfd"):
            options[word[1]] = word[2:] or words.pop(0)
        else:
            names.append(word)
    chosen = options.get("c") or options["f"]
    contents = await _contents(run, names)
    for line in b"".join(contents or []).decode(errors="replace").splitlines():
        parts = list(line) if "c" in options else line.split(options["d"])
        kept = [part for number, part in enumerate(parts, 1) if _within(number, chosen)]
        whole = "f" in options and len(parts) == 1
        run.io.stdout.write((line if whole else ("" if "c" in options else options["d"]).join(kept)) + "\n")
    return int(contents is None)


def _within(number: int, ranges: str) -> bool:
    """Return whether a number is in ranges such as ``1,3-5,7-``."""
    for first, dash, last in (part.partition("-") for part in ranges.split(",")):
        if int(first or 1) <= number <= int(last or (number if dash else first)):
            return True
    return False


async def sort(run: Run) -> int:
    """Sort lines."""
    contents = await _contents(run, [word for word in run.args[1:] if not word.startswith("-")])
    lines = sorted(b"".join(contents or []).splitlines())
    run.io.stdout.write(b"".join(line + b"\n" for line in lines))
    return int(contents is None)


async def grep(run: Run) -> int:
    """Write the lines that have a pattern, or with ``-v`` not; supports ``-c``, ``-E``, ``-F``, ``-i`` and ``-q``."""
    options = {letter for word in run.args[1:] if word.startswith("-") for letter in word[1:]}
    words = [word for word in run.args[1:] if not word.startswith("-")]
    contents = await _contents(run, words[1:])
    text = re.escape(words[0]) if "F" in options else words[0] if "E" in options else _extended(words[0])
    pattern = re.compile(text.encode(), re.IGNORECASE if "i" in options else 0)
    lines = b"".join(contents or []).splitlines()
    found = [line for line in lines if (pattern.search(line) is None) == ("v" in options)]
    if "c" in options:
        run.io.stdout.write(f"{len(found)}\n")
    elif "q" not in options:
        run.io.stdout.write(b"".join(line + b"\n" for line in found))
    return int(not found) if contents is not None else 2


def _extended(pattern: str) -> str:
    """Turn a basic regular expression into an extended one: what is special in one needs a backslash in the other."""
    return re.sub(r"\\?[(){}|+?]", lambda found: found[0][-1] if len(found[0]) > 1 else f"\\{found[0]}", pattern)


async def tr(run: Run) -> int:
    """Replace one character by another."""
    source, target = _unescape(run.args[1]), _unescape(run.args[2])
    while data := await run.io.stdin.read(BLOCK):
        run.io.stdout.write(data.replace(source[:1], target[:1]))
        await run.io.stdout.drain()
    return 0


async def dd(run: Run) -> int:
    """Write blocks of zeros to a file, or copy standard input."""
    options = dict(word.split("=", 1) for word in run.args[1:])
    size = _size(options.get("bs", "512")) * int(options.get("count", "1"))
    data = bytes(size) if options.get("if", "").startswith("/dev/") else await run.io.stdin.read()
    if "of" in options:
        run.files.write(options["of"], data)
    else:
        run.io.stdout.write(data)
    return 0


async def pwd(run: Run) -> int:
    """Write the working directory."""
    run.io.stdout.write(run.files.workdir + "\n")
    return 0


async def hostname(run: Run) -> int:
    """Write the name of the host."""
    run.io.stdout.write(run.env.get("HOSTNAME", "localhost") + "\n")
    return 0


_NUMBERS: Final = {"root": "0", "nobody": "65534"}


async def id_(run: Run) -> int:
    """Write the user and its group; ``-u`` and ``-g`` the number of one, with ``-n`` its name."""
    given, colon, chosen = run.process.user.partition(":")
    number = given if given.isdecimal() else _NUMBERS.get(given or "root", "1000")
    user = next((name for name, known in _NUMBERS.items() if known == number), "" if given.isdecimal() else given)
    group_number = chosen if colon and chosen.isdecimal() else (number if user else "0")
    known = next((name for name, known in _NUMBERS.items() if known == group_number), "")
    group = "nogroup" if known == "nobody" else known
    options = {letter for word in run.args if word.startswith("-") for letter in word[1:]}
    if options & {"u", "g"}:
        name, shown = (user, number) if "u" in options else (group, group_number)
        run.io.stdout.write((name or shown if "n" in options else shown) + "\n")
    else:
        both = [f"{one}({name})" if name else one for one, name in ((number, user), (group_number, group))]
        run.io.stdout.write(f"uid={both[0]} gid={both[1]} groups={both[1]}\n")
    return 0


async def whoami(run: Run) -> int:
    """Write the user's name."""
    run.io.stdout.write((run.process.user or "root") + "\n")
    return 0


async def date(run: Run) -> int:
    """Write the engine's time, in seconds since 1970."""
    run.io.stdout.write(f"{run.host.now() // 10**9}\n")
    return 0


async def stty(run: Run) -> int:
    """Write the size of the terminal."""
    height, width = run.process.size
    if not run.process.tty:
        return run.say("standard input: Not a tty")
    run.io.stdout.write(f"{height} {width}\n")
    return 0


async def busybox(run: Run) -> int:
    """Run another built-in program."""
    if len(run.args) < 2 or run.args[1] not in APPLETS:
        return run.say("applet not found") + 126
    return await APPLETS[run.args[1]](Run(run.args[1:], run.io, run.env, run.files, run.process, run.host))


APPLETS: dict[str, Callable[[Run], Awaitable[int]]] = {
    "[": test, ":": true, "busybox": busybox, "cat": cat, "chmod": chmod, "cp": cp, "cut": cut, "date": date, "dd": dd,
    "echo": echo, "env": env, "false": false, "find": find, "grep": grep, "head": head, "hostname": hostname,
    "id": id_, "kill": kill, "ln": ln, "ls": ls, "mkdir": mkdir, "mv": cp, "printf": printf, "ps": ps, "pwd": pwd,
    "readlink": readlink, "rm": rm, "seq": seq, "sh": sh, "sleep": sleep, "sort": sort, "stat": stat_, "stty": stty,
    "tail": tail, "test": test, "touch": touch, "tr": tr, "true": true, "wc": wc, "whoami": whoami,
}  # fmt: skip
"""Every built-in program by its name."""
