"""Columns of the lists."""

from wagtail.admin.ui.tables import Column


class MomentColumn(Column):
    """A moment as date and time; Wagtail's own column calls everything to come “just now”."""

    cell_template_name = "campaigns/admin/moment.html"


class KeyStateColumn(Column):
    """Whether a key is in use, and where it is retired."""

    cell_template_name = "campaigns/admin/key_state.html"
