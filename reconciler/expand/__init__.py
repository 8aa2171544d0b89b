"""From a rendered Chart or Kustomize to what a program is asked, and from its output to objects. Pure.

| File | What it is for |
|---|---|
| `check_chart.py` | what in a chart would need the network or another program, or leaves its folder |
| `check_kustomization.py` | the same for a kustomization, and all that it refers to |
| `source_files.py` | what both have in common: places, links, sizes |
| `chart_archives.py` | packed charts inside a chart |
| `template_calls.py` | functions that templates call and that have no answer here |
| `program_messages.py` | what helm and kustomize say about an error, as an issue with file and line |
"""
