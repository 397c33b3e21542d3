"""Grey on white, for handouts: fills that save toner, patterns for sections, black for what happens now."""

from cowviz.scene.theme import Theme, Tint

_WHITE = "#ffffff"

THEME = Theme(
    name="print",
    background=_WHITE,
    panel=_WHITE,
    panel_edge="#9a9a9a",
    text="#111111",
    muted="#474747",
    line="#5c5c5c",
    free="#767676",
    empty=_WHITE,
    accent="#000000",
    on_accent=_WHITE,
    tints={
        ".text": Tint(_WHITE, "#1f1f1f"),
        ".rodata": Tint(_WHITE, "#4d4d4d", notches=(3, 5)),
        ".data": Tint(_WHITE, "#333333", notches=(9, 3)),
        ".bss": Tint(_WHITE, "#6b6b6b", notches=(1.5, 2.5)),
        "heap": Tint(_WHITE, "#333333", notches=(100, 0)),
        "mmap": Tint(_WHITE, "#4d4d4d", notches=(2, 3, 7, 3)),
        "stack": Tint(_WHITE, "#1f1f1f", notches=(5, 12)),
        "": Tint(_WHITE, "#767676"),
    },
)
