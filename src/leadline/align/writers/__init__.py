"""How the findings of a run are written: text, JSON, annotations, SARIF. Each returns a text, none prints."""
