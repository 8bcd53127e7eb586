from rightswire.pages.models.base import BasePage
from rightswire.pages.models.contact import Contact, ContactWording
from rightswire.pages.models.media import File, Picture, Rendition
from rightswire.pages.models.menu import Menu
from rightswire.pages.models.organisation import Account, Organisation, OrganisationWording, Recipient
from rightswire.pages.models.plain import PlainPage
from rightswire.pages.models.wording import Worded, Wording

__all__ = [
    "Account",
    "BasePage",
    "Contact",
    "ContactWording",
    "File",
    "Menu",
    "Organisation",
    "OrganisationWording",
    "Picture",
    "PlainPage",
    "Recipient",
    "Rendition",
    "Worded",
    "Wording",
]
