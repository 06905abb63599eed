"""One file per export format: `recognise` a header, `read` records into canonical rows."""
