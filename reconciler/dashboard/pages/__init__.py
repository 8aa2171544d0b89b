"""The pages of the dashboard: a module each, mostly pure functions. How one is added, the room's door plate says.

| File | What it is for |
|---|---|
| `overview.py` | the first page: what is wrong, how much there is |
| `fleet.py` | the members, and one of them |
| `applications.py` | namespaces, and the tree of applications, objects and copies in one of them |
| `objects.py` | one object: its copies, its drift |
| `object_why.py` | why it is where it is, and not elsewhere |
| `object_past.py` | the commit behind each line of its manifest, and its history |
| `policies.py` | policies with what they claim or change |
| `placement.py` | where the workloads run, as a picture |
| `rollouts.py` | rollouts, and one with its groups |
| `timeline.py` | failovers, drift and revisions in the order of time |
| `commits.py` | the revisions that were in force, and one with all that happened then |
| `simulation.py` | what would move without some members, as a picture and as a table |
| `search.py` | search over everything that has a page |
| `commits_to_make.py` | what a button shows: a command, and what its commit changes |
| `choices.py`, `counts.py` | parts of pages: links that show a part of a list; numbers by health |
"""

from reconciler.dashboard.page import Page
from reconciler.dashboard.pages import (
    applications,
    commits,
    commits_to_make,
    fleet,
    object_past,
    object_why,
    objects,
    overview,
    placement,
    policies,
    rollouts,
    search,
    simulation,
    timeline,
)

PAGES: tuple[Page, ...] = (
    *overview.PAGES,
    *fleet.PAGES,
    *applications.PAGES,
    *objects.PAGES,
    *object_why.PAGES,
    *object_past.PAGES,
    *commits_to_make.PAGES,
    *policies.PAGES,
    *placement.PAGES,
    *rollouts.PAGES,
    *timeline.PAGES,
    *commits.PAGES,
    *simulation.PAGES,
    *search.PAGES,
)
"""In the order of the menu."""
