"""Petitions in the admin. Nothing that supporters wrote is shown here: nobody on this machine can open it."""
