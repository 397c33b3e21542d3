"""White background, pale colours and one accent, for a lit room."""

from cowviz.scene.theme import Theme, Tint

THEME = Theme(
    name="light",
    background="#ffffff",
    panel="#f5f6f8",
    panel_edge="#c9ced6",
    text="#1b1f24",
    muted="#5b6470",
    line="#222831",
    free="#7c8593",
    empty="#ffffff",
    accent="#c62863",
    on_accent="#ffffff",
    tints={
        ".text": Tint("#dbe9f5", "#0b62a4"),
        ".rodata": Tint("#d8efe6", "#0b7a5b"),
        ".data": Tint("#ebe1f5", "#713a9f"),
        ".bss": Tint("#f4ebc9", "#7d6200"),
        "heap": Tint("#fbe5d3", "#b3480b"),
        "mmap": Tint("#d5eef2", "#0a6b78"),
        "stack": Tint("#e1e4f8", "#3f4bb0"),
        "": Tint("#e8eaee", "#5b6470"),
    },
)
