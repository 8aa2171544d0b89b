"""Newer images in the files of the repository. Pure: what the registries hold is an argument.

| File | What it is for |
|---|---|
| `choose_tag.py` | which of the tags of an image a policy chooses (the only module outside `cel/` that imports re2) |
| `markers.py` | the values of a file that name an ImagePolicy, and the file with other values there |
| `updates.py` | which values change, and the message of the commit that changes them |
"""
