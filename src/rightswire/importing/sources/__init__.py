"""The kinds of source that existing content can be read from, one module each."""
