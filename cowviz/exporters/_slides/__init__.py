"""Makes the parts of a .pptx: the deck, its colours, its pictures and its words."""
