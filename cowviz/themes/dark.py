"""Light on dark, for a dark room and dark slides."""

from cowviz.scene.theme import Theme, Tint

THEME = Theme(
    name="dark",
    background="#14171c",
    panel="#1c2027",
    panel_edge="#3a424e",
    text="#f2f4f7",
    muted="#aab3c0",
    line="#dde1e8",
    free="#7d8796",
    empty="#14171c",
    accent="#ff76a8",
    on_accent="#14171c",
    tints={
        ".text": Tint("#1d3448", "#62b0ee"),
        ".rodata": Tint("#16382e", "#4ecfa6"),
        ".data": Tint("#33234a", "#c39bf0"),
        ".bss": Tint("#3a3312", "#dcc04a"),
        "heap": Tint("#44291a", "#ffa563"),
        "mmap": Tint("#113a41", "#5cc8d8"),
        "stack": Tint("#262b52", "#9aa5ff"),
        "": Tint("#2a2f38", "#aab3c0"),
    },
)
