"""From a rendered Chart or Kustomize to what a program is asked, and from its output to objects. Pure.

| File | What it is for |
|---|---|
| `requests.py` | what one cluster's copy of such an object comes to: source, values, capabilities, and the key of all that |
| `check_chart.py` | what in a chart would need the network or another program, or leaves its folder |
| `check_kustomization.py` | the same for a kustomization, and all that it refers to |
| `source_files.py` | what both have in common: places, links, sizes |
| `archive.py` | a gzipped tar archive → its files: packed charts, and sources from elsewhere |
| `template_calls.py` | functions that templates call and that have no answer here |
| `invocation.py` | how a program is called: its arguments, and the files that it sees |
| `sealed_values.py` | files of values that SOPS encrypted: what helm reads in their place |
| `decrypted.py` | an expansion with seals → the same one with values |
| `program_messages.py` | what helm and kustomize say about an error, as an issue with file and line |
| `finish.py` | what Flux does to the objects afterwards: variables, labels and annotations |
| `output.py` | the output of a program → objects |
| `rendered.py` | these objects as they are written: namespaces, marks, the names of gates |

Elsewhere: the nouns (`model/expansion.py`), the sources (`load/charts.py`), where in the pipeline this is done
(`pipeline/children.py`), who runs the program (`expanding/`).
"""
