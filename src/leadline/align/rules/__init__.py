"""The rules, one file per family; each rule is a documented generator (see `leadline.align.rule`)."""
