"""Search over what was baked: pages are read, kept in an index, and found."""
