"""Room: web. The browser's side: one file per page, server-rendered, every change a plain form.

app.py        the application: what every request passes, and the pages
site.py       what a page may ask: the workspace, the plan as it stands, kept pages, jobs, texts
guarding.py   who may ask at all: host, origin, session, size; and what every answer carries
entering.py   the one-time address and the sessions it opens
shell.py      the frame around every page
texts/        the catalogue: every word the browser shows that is not the plan's or a result's
pages/        one file per page, listed in pages/registry.py
"""
