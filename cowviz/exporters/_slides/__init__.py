"""What .pptx is made from: the deck, its colours, its pictures and its words."""
