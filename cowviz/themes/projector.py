"""Light, for a weak projector: black on white, heavier lines, fills strong enough for stray light."""

from cowviz.scene.theme import Theme, Tint

THEME = Theme(
    name="projector",
    background="#ffffff",
    panel="#f1f2f5",
    panel_edge="#6c7480",
    text="#000000",
    muted="#2b3038",
    line="#000000",
    free="#4f5763",
    empty="#ffffff",
    accent="#b8004e",
    on_accent="#ffffff",
    weight=1.4,
    tints={
        ".text": Tint("#c8dbfe", "#035088"),
        ".rodata": Tint("#a8e7cd", "#025941"),
        ".data": Tint("#ecd0fe", "#6b2e9f"),
        ".bss": Tint("#efd7a9", "#604b01"),
        "heap": Tint("#ffd0bb", "#893200"),
        "mmap": Tint("#95e7f6", "#045661"),
        "stack": Tint("#dbd5ff", "#2642b3"),
        "": Tint("#d8dade", "#484e57"),
    },
)
