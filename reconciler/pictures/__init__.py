"""Small SVG drawings of the fleet, for forges and for pages.

| File | What it is for |
|---|---|
| `svg.py` | the frame of every drawing: colours for light and dark, escaped and fitted text |
| `badge.py` | one fact as a badge |
| `folding.py` | many names as few groups |
| `grid.py` | a grid of tiles: workloads down, members across |
| `flow.py` | what moves from where to where, as bands |

The functions take plain values and return text; they know nothing of what is recorded. Equal values give equal bytes. Every name
is foreign text: it is escaped, cut to its room, and never part of a style or of a link.

A drawing needs nothing but itself: no script, no font, no other file, no HTML inside. So every forge may show it as an image.
It brings its own background, because nobody knows on which one it is shown: the colours follow `prefers-color-scheme`, and the
page of a forge may follow something else.
"""
