"""High contrast (WCAG AAA): text at 7:1 or more on every background, lines at 4.5:1 or more."""

from cowviz.scene.theme import Theme, Tint

THEME = Theme(
    name="contrast",
    background="#ffffff",
    panel="#ffffff",
    panel_edge="#4a515c",
    text="#000000",
    muted="#343a43",
    line="#000000",
    free="#4a515c",
    empty="#ffffff",
    accent="#a80048",
    on_accent="#ffffff",
    weight=1.25,
    tints={
        ".text": Tint("#eaf1ff", "#024271"),
        ".rodata": Tint("#e0f6ec", "#004a35"),
        ".data": Tint("#f7edfd", "#582684"),
        ".bss": Tint("#f9f0df", "#503e01"),
        "heap": Tint("#ffede5", "#712900"),
        "mmap": Tint("#dcf5fa", "#024750"),
        "stack": Tint("#f1efff", "#213694"),
        "": Tint("#eef1f4", "#3a4049"),
    },
)
