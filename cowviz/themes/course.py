"""Colours by permission, as courses draw them by hand: blue r-x, green r--, red rw-."""

from cowviz.scene.theme import Theme, Tint

THEME = Theme(
    name="course",
    background="#ffffff",
    panel="#f6f6f4",
    panel_edge="#c8cac6",
    text="#16191d",
    muted="#575d66",
    line="#1e2229",
    free="#878d96",
    empty="#ffffff",
    accent="#6634ad",
    on_accent="#ffffff",
    tints={
        "r-x": Tint("#cfe3f6", "#1f62a8"),
        "r--": Tint("#d4edd1", "#2a7a2b"),
        "rw-": Tint("#fcd9d6", "#c01a1c"),
        "rwx": Tint("#f4dcf0", "#9a2e86"),
        "": Tint("#e8e9eb", "#575d66"),
    },
)
