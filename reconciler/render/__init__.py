"""The exact manifest for one cluster, each field with its origin.

`template.py` is the entrance: numbers, override rules, cleaning, digest, marks, in this order. `override.py` decides
which rules act and in which order; what one overrider does is in `overriders/`. `trace.py` takes the same steps one by
one for whoever asks what stood there before. How a kind takes its number and what
is cleaned from it is `interpreter/`'s knowledge, our marks are in `model/ownership.py`, what a member keeps of its
own is `plan/retain.py`.
"""
