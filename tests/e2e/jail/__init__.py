"""Programs in the jail, by each means of isolation that this machine has, and hostile charts and kustomizations.

test_isolation.py    what a hostile program cannot do: read, send, write, start, stay
test_limits.py       time, memory, output, threads; what is left after a limit or a cancellation
test_means.py        which means is chosen, and the refusal where there is none
test_not_root.py     the same as another user than root
test_hostile.py      twelve hostile charts and kustomizations, with the real helm and kustomize
"""
