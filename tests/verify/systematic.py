"""A table of calls times situations: what the kernel answers to each is kept in ``systematic.json``.

As a program it asks this machine's kernel again:   python tests/verify/systematic.py > tests/verify/systematic.json
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cowviz.verify.facts import Op

PAGES = 6
KINDS = ("anon-private", "memfd-private", "memfd-shared")
ADVICE = (
    *("DONTNEED", "FREE", "COLD", "DONTFORK", "DOFORK", "WIPEONFORK", "KEEPONFORK"),
    *("POPULATE_READ", "POPULATE_WRITE", "GUARD_INSTALL", "GUARD_REMOVE"),
)
CALLS: dict[str, dict[str, Any]] = {
    "munmap": {"op": "munmap"},
    "mprotect r": {"op": "mprotect", "prot": "r"},
    "mprotect w": {"op": "mprotect", "prot": "w"},
    "mprotect none": {"op": "mprotect", "prot": "none"},
    "mlock": {"op": "mlock"},
    "msync": {"op": "msync"},
    "mremap": {"op": "mremap", "to": "B"},
    "mremap longer": {"op": "mremap", "to": "B", "pages": PAGES + 2},
    "mremap shorter": {"op": "mremap", "to": "B", "pages": 2},
    "mremap dontunmap": {"op": "mremap", "to": "B", "flag": "dontunmap"},
    "mremap in place longer": {"op": "mremap", "pages": PAGES + 2},
    "mremap in place shorter": {"op": "mremap", "pages": 2},
    **{f"madvise {advice}": {"op": "madvise", "advice": advice} for advice in ADVICE},
}
HOLES: dict[str, tuple[Op, ...]] = {
    "no hole": (),
    "a hole before": (Op("munmap", region="A", n=2),),
    "a hole in the middle": (Op("munmap", region="A", page=2, n=2),),
    "a hole behind": (Op("munmap", region="A", page=4, n=2),),
    "nothing but a hole": (Op("munmap", region="A", n=PAGES),),
    "none at first": (Op("mprotect", region="A", n=2, prot="none"),),
    "none in the middle": (Op("mprotect", region="A", page=2, n=2, prot="none"),),
    "only r": (Op("mprotect", region="A", n=PAGES, prot="r"),),
    "only w": (Op("mprotect", region="A", n=PAGES, prot="w"),),
    "locked behind": (Op("mlock", region="A", page=4, n=2),),
    "a guard in the middle": (Op("madvise", region="A", page=3, advice="GUARD_INSTALL"),),
}
UNUSUAL: dict[str, dict[str, int]] = {"not aligned": {"skew": 8}, "of no length": {"n": 0}}


def rows() -> Iterator[tuple[str, tuple[Op, ...]]]:
    """Yield each row: its name, and the operations of it."""
    for kind in KINDS:
        for call, said in CALLS.items():
            for hole, before in HOLES.items():
                yield f"{kind}, {call}, {hole}", _row(kind, before, Op(**{"region": "A", "n": PAGES, **said}))
            for how, more in UNUSUAL.items():
                yield f"{kind}, {call}, {how}", _row(kind, (), Op(**{"region": "A", "n": PAGES, **said, **more}))


def _row(kind: str, before: tuple[Op, ...], call: Op) -> tuple[Op, ...]:
    """The call in its situation; then a child, and both write, so that what was done shows."""
    begin = (Op("mmap", region="A", pages=PAGES, kind=kind), Op("write", region="A", page=1, n=4))
    names = ["A", "B"] if call.to else ["A"]
    pages = [Op("write", who, name, page=page) for who in ("P1", "P0") for name in names for page in (0, 1, 5)]
    return (*begin, *before, call, Op("fork", child="P1"), *pages)


def main() -> None:
    """Print the answers, a row a line."""
    import json
    import sys

    from cowviz.verify import compare
    from cowviz.verify.linux_backend import Kernel, kernel_name

    with Kernel() as kernel:
        seen = {name: compare.observe(ops, kernel) for name, ops in rows()}
    lines = (json.dumps([name, list(one.outcomes), dict(one.final)]) for name, one in seen.items())
    sys.stdout.write(f'{{"kernel": "{kernel_name()}", "answers": [\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
