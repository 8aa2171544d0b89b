"""Kubernetes' CEL libraries, as functions for the library's environment (k8s.io/apiserver pkg/cel/library, cel-go ext).

| File | What it is for |
|---|---|
| `signature.py` | how a function is declared |
| `collections.py` | lists and sets; the last steps of macros |
| `text.py` | `format` of text |
| `regular_expressions.py` | `find`, `findAll` (the only module that imports re2) |
| `urls.py` | `url`, `isURL` |
| `addresses.py` | `ip`, `cidr` |
| `quantities.py` | `quantity` |
| `versions.py` | `semver` |
| `formats.py` | `format` |
| `opaque.py` | values of the types that these libraries add |

A function raises ValueError where Kubernetes' gives an error; the library makes an error of the expression of it.
"""
