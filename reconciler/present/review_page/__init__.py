"""A page for reviewers, made of an outline: the same content as Markdown for a forge's comment and as one HTML file.

| File | What it is for |
|---|---|
| `page.py` | the content: sections of blocks, from differences or a simulation |
| `page_document.py` | the content as a document, and back from one that is not trusted |
| `markdown.py` | Markdown that fits a comment; texts of the repository are code, so that they mention nobody |
| `html.py` | one self-contained HTML file |
| `diff.html.jinja`, `diff.css`, `diff.js` | its parts |
"""
