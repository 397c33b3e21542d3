"""What the layout of the code promises, beyond the import contracts in pyproject.toml."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MOST_FILES, MOST_LINES = 20, 300
MODULES = sorted([*(ROOT / "cowviz").rglob("*.py"), *(ROOT / "scenarios").glob("*.py")])
EVERYTHING = [*MODULES, *(path for room in ("tests", "docs", "benchmarks") for path in (ROOT / room).rglob("*.py"))]


def ident(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_module_says_what_it_is() -> None:
    trees = {ident(path): ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
    assert [name for name, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_every_module_is_named_for_what_it_does() -> None:
    vague = {"utils", "util", "helpers", "helper", "base", "common", "misc", "manager", "engine"}
    assert [ident(path) for path in MODULES if path.stem in vague] == []


def test_a_room_has_at_most_twenty_files() -> None:
    """What is more is a room with rooms of its own."""
    rooms = Counter(path.parent for path in MODULES if path.name != "__init__.py")
    assert {ident(room): count for room, count in rooms.items() if count > MOST_FILES} == {}


def test_no_file_is_longer_than_anybody_reads() -> None:
    lengths = {ident(path): len(path.read_text(encoding="utf-8").splitlines()) for path in EVERYTHING}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def _classes(path: Path) -> Iterator[str]:
    """The classes of a module, and the names that it gives to types."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.ClassDef(name=name) | ast.Assign(targets=[ast.Name(id=name)]):
                if re.fullmatch(r"_*[A-Z][a-z]\w*", name):
                    yield name


def test_a_class_has_one_home() -> None:
    """A leading underscore makes no other name: who reads ``_Look`` and ``Look`` still takes one for the other."""
    homes: dict[str, list[str]] = {}
    for path in (path for path in MODULES if "cowviz" in path.parts):
        for name in _classes(path):
            homes.setdefault(name.lstrip("_"), []).append(ident(path))
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


def _loose(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    """Public functions, attributes and names of types that say Any."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) if not name.startswith("_") or name == "__init__":
                every = [
                    *node.args.posonlyargs,
                    *node.args.args,
                    *node.args.kwonlyargs,
                    node.args.vararg,
                    node.args.kwarg,
                ]
                if any(_says_any(one.annotation) for one in every if one) or _says_any(node.returns):
                    yield f"{prefix}.{name}"
            case ast.ClassDef(name=name) if not name.startswith("_"):
                yield from _loose(node.body, f"{prefix}.{name}")
            case ast.AnnAssign(ast.Name(id=name), annotation=kind) if not name.startswith("_") and _says_any(kind):
                yield f"{prefix}.{name}"
            case ast.Assign(targets=[ast.Name(id=name)], value=kind) if name[:1].isupper() and _says_any(kind):
                yield f"{prefix}.{name}"


def _says_any(kind: ast.expr | None) -> bool:
    return kind is not None and any(isinstance(part, ast.Name) and part.id == "Any" for part in ast.walk(kind))


def test_no_public_signature_says_any() -> None:
    trees = ((ident(path), ast.parse(path.read_text(encoding="utf-8"))) for path in MODULES)
    assert [name for path, tree in trees for name in _loose(tree.body, path)] == []


def test_nobody_uses_pyplot() -> None:
    """Its hidden state leaks from one picture into the next; the contracts say who may use matplotlib at all."""
    use = re.compile(r"^\s*(import|from) (matplotlib\.pyplot|matplotlib import .*\bpyplot|pylab)", re.MULTILINE)
    assert [ident(path) for path in MODULES if use.search(path.read_text(encoding="utf-8"))] == []


def test_importing_cowviz_loads_no_heavy_library() -> None:
    heavy = ["matplotlib", "networkx", "imageio", "numpy", "PIL"]
    code = f"import cowviz, cowviz.cli, sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
