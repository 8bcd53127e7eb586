"""Newsletters in the admin. Who subscribed is never listed here: there are numbers only."""
