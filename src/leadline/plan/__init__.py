"""The plan: the document, its model, its graph of serves and bets. No numpy, no database.

Read it with `source.read_plan`, walk it with `graph.Graph`, change it with `edits`, compare it with `diff`.
Nothing is imported here, so that `leadline --help` stays quick.
"""
