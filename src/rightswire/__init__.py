"""Rightswire: a newsroom and action platform for human rights organisations."""
