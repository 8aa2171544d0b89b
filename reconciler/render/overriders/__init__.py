"""What each kind of overrider does to one manifest: plain functions `(overrider, manifest) → Patched`, or an
OverriderError.

They answer as Karmada's pkg/util/overridemanager does, oddities included, because a differing text restarts Pods.
Every one turns its instructions into JSON patch operations; `patching.py` carries those out and notes what changed. Which
of them act on an object is `override.py`'s business.
"""
