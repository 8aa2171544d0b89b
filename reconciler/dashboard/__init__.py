"""The dashboard: pages about the fleet, read from the status branch and the files of the repository. No route writes.

| File | What it is for |
|---|---|
| `facts.py` | what one commit of the repository and one of its status branch say, as every page gets it |
| `summaries.py` | one object over its members, counted |
| `facts_reader.py` | reads the facts once for each pair of commits, and tells who waits when there are newer ones |
| `scope.py` | who may see what: the facts without the rest, in one place |
| `questions.py` | what a page asks Git and the compiler for: explanations, histories, blame |
| `page.py` | the noun of a page: its address, its view, its template |
| `pages/` | the pages: one module each, mostly pure functions |
| `addresses.py` | the addresses of pages, for links |
| `paging.py` | one part of a long list, and the links to the others |
| `rendering.py` | a view and a template → HTML; every value is escaped |
| `site.py` | the aiohttp application: its routes, errors and answers |
| `forge_pages.py` | links to the pages of a forge: a file, a commit, a new pull request |
| `settings.py` | the settings of the process: who may see what, how people sign in, where members are |
| `protection.py` | what every answer carries, and which requests are refused: hosts, policies of content |
| `live_updates.py` | tells open pages that there are newer facts |
| `live_parts.py` | an object in a member with its Pods, events and logs, by the token of the person who asks |
| `live_tree.py` | what is below an object in a member, down to Pods, by the same token |
| `live_difference.py` | what differs there from the manifest in force |
| `identity/` | who asks: nobody on loopback, else by OIDC, a proxy or a token |
| `templates/` | Jinja templates: `base.html.jinja` is the frame, `parts.html.jinja` has what pages share |
| `static/` | the style sheet, the script and the icon: all that a page loads |

**How a page is added.** A page is a value of `Page` in a module of `pages/`, named in `PAGES` of `pages/__init__.py`:

1. A pure function `view(asked, gathered)` makes a frozen dataclass from `asked` (`page.Asked`: the facts that this person may
   see, what the address names, the query, the time). It has `title` and `crumbs` at least (`page.Crumb`). It raises
   `NotThereError` for what is not there; that the person may not see it looks the same.
2. Where the facts are not enough, `gather(questions, asked)` asks for more beforehand (`questions.py`); its result is `gathered`.
3. A template `templates/NAME.html.jinja` extends `base.html.jinja` and shows `page`, which is that dataclass. It has no inline
   style or script: the Content-Security-Policy forbids them. Macros for tables, health and empty lists are in `parts.html.jinja`.
4. Its address goes to `addresses.py`, so that other pages can link to it. Addresses are GET; there is no other method.
5. Tests: the view in `tests/unit/dashboard/`, as a function; the page in `tests/pages/`, where `EVERY_PAGE` of
   `tests/pages/test_dashboard.py` visits it in Chromium (axe, no script, 390 pixels, hostile names, foreign namespaces).

A view never looks around the facts that it is given: `scope.py` has taken out what the person may not see. The same holds for
`questions.py`, which answers only about objects of these facts.

Not here: `run`'s loop (`daemon/`), what was recorded (`record/`), the words and tables of the commands (`present/`).
"""
