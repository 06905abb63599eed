"""Pages: what a result says, laid out as blocks. A page computes nothing; it chooses, orders and words."""
