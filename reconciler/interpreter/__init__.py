"""What we know about each kind: its count and needs, what it refers to, what a member keeps, how healthy it is, its status.

All we know of a kind is in the file of its name, which ends with `RULES = KindRules(...)`; `registry.py` lists the
files and answers by group and kind. A new kind is one file and one line there; no `if kind ==` elsewhere. `generic.py`
judges the kinds without a rule of their own.
What several kinds share has files of its own: `pod_requirements.py`, `pod_references.py`, `status_items.py` (one status
out of several members'), `status_counters.py`, `load_balancer.py`; `typed.py` tells whether Kubernetes' own types could
hold an object, `typed_form.py` what they make of it. `verdict/` knows what Argo CD would say.
`order.py` is the door for whoever has a revision at hand: it asks rules written in Lua first, those of the repository
(`customized.py`), then those shipped for other projects' kinds (`thirdparty/`, as data). `lua.py` runs them in a sandbox
(`sandbox/` is its Lua half), `lua_values.py` carries values in and out, `answers.py` reads what comes back,
`kube_library.py` is Karmada's library for scripts.
What is done with the answers is elsewhere: `schedule/` divides, `render/` writes, `plan/` compares, `observe/` reports.
"""
