"""Editing a plan field by field: what an element's fields are, what was typed, and the splices that write it.

shapes.py     the kinds of fields, read off the model
fields.py     the fields of one element as they stand in the file
typed.py      what was typed, read by the model's own types
writing.py    edits of fields as text splices; every other byte stays
whole.py      a whole element: begun, taken out, given another id
desk.py       one edit after another in a workspace: merged with what others wrote, or refused with all three sides
"""
