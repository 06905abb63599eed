"""One small writer per export format; independent of the readers, so that each checks the other."""
