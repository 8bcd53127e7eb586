from django.core.exceptions import ValidationError
from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, HelpPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Site

from rightswire.pages.colour import Palette, palette
from rightswire.pages.language import countries
from rightswire.pages.models.wording import Worded, Wording

AS_THERE = "In this language. Empty: as it stands under Privacy."
PLAIN_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]


def country_choices() -> list[tuple[str, str]]:
    return countries("en")


def check_colour(value: str) -> None:
    try:
        palette(value)
    except ValueError as error:
        raise ValidationError(str(error)) from None


@register_setting(icon="site")
class Organisation(Worded, BaseSiteSetting):
    """Who publishes here: its name, mark, colour, addresses. Saving it renders the whole site again."""

    accent = models.CharField(
        "accent colour",
        max_length=7,
        default="#c22a0b",
        validators=[check_colour],
        help_text="One colour, as #c22a0b. Its lightness is moved until it can be read by everyone, "
        "on a light and on a dark page.",
    )
    logo = models.ForeignKey(
        "pages.Picture",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="A square picture. Without one, the mark is a line that rises.",
    )
    address = models.TextField("postal address", blank=True)
    email = models.EmailField("e-mail", blank=True)
    press_email = models.EmailField("e-mail of the press office", blank=True)
    phone = models.CharField(max_length=40, blank=True)
    security_contact = models.CharField(
        max_length=200,
        blank=True,
        help_text="Where to report a weakness of this site: an e-mail address or a page (security.txt).",
    )
    donate_link = models.URLField(blank=True)
    controller = models.CharField(
        "who is responsible for personal data",
        max_length=200,
        blank=True,
        help_text="The organisation's legal name, with its registration if it has one.",
    )
    privacy_officer = models.CharField(
        "data protection officer", max_length=120, blank=True, help_text="A name or a role."
    )
    privacy_email = models.EmailField("e-mail for questions of privacy", blank=True)
    complaints_to = models.CharField(
        "authority that hears complaints", max_length=200, blank=True, help_text="Its name, as readers can look it up."
    )
    complaints_link = models.URLField("its address on the web", blank=True)
    minimum_age = models.PositiveSmallIntegerField(
        default=16, help_text="Under this age one needs a parent's leave to sign or to subscribe."
    )
    arabic_digits = models.BooleanField(
        "٠١٢٣ in Arabic", default=True, help_text="Off: Arabic pages use 0123, as the Maghreb does."
    )
    is_demo = models.BooleanField(default=False, editable=False)

    panels = [
        InlinePanel("wordings", heading="In each language", label="Language", min_num=1),
        MultiFieldPanel(
            [
                FieldPanel("accent"),
                HelpPanel(template="pages/admin/accent.html"),
                FieldPanel("logo"),
                FieldPanel("arabic_digits"),
            ],
            "Look",
        ),
        MultiFieldPanel(
            [FieldPanel(n) for n in ("address", "email", "press_email", "phone", "security_contact")],
            "Addresses",
        ),
        InlinePanel("accounts", heading="Accounts elsewhere", label="Account"),
        MultiFieldPanel(
            [
                FieldPanel(n)
                for n in (
                    "controller",
                    "privacy_officer",
                    "privacy_email",
                    "complaints_to",
                    "complaints_link",
                    "minimum_age",
                )
            ],
            "Privacy: the privacy page is written from this",
        ),
        InlinePanel("recipients", heading="Who else receives personal data", label="Recipient"),
        FieldPanel("donate_link"),
        HelpPanel("The main menu has a page of its own: Settings, then Menus."),
    ]

    def __str__(self) -> str:
        wording = self.worded("")
        return wording.name if wording else "Organisation"

    @property
    def shown_accent(self) -> Palette | None:
        """The accent as pages show it; None while what is typed is no colour."""
        try:
            return palette(self.accent)
        except ValueError:
            return None

    @classmethod
    def current(cls) -> "Organisation":
        site = Site.objects.filter(is_default_site=True).first() or Site.objects.first()
        return cls.for_site(site)


class OrganisationWording(Wording):
    organisation = ParentalKey(Organisation, on_delete=models.CASCADE, related_name="wordings")
    name = models.CharField(max_length=80)
    tagline = models.CharField(
        max_length=120, blank=True, help_text="Beside the name in the home page's title: “for human rights”."
    )
    description = models.CharField(
        max_length=200, blank=True, help_text="One sentence, for search engines and feed readers."
    )
    footer = models.CharField("sentence at the foot", max_length=160, blank=True, help_text="One sentence, set large.")
    small_print = models.CharField(max_length=300, blank=True)
    privacy = RichTextField(
        "privacy page",
        blank=True,
        features=PLAIN_TEXT_FEATURES,
        help_text="Added to what the page says by itself: that reading leaves nothing behind.",
    )
    controller = models.CharField(
        "who is responsible for personal data", max_length=200, blank=True, help_text=AS_THERE
    )
    privacy_officer = models.CharField("data protection officer", max_length=120, blank=True, help_text=AS_THERE)
    complaints_to = models.CharField("authority that hears complaints", max_length=200, blank=True, help_text=AS_THERE)

    panels = [
        FieldPanel(name)
        for name in (
            "language",
            "name",
            "tagline",
            "description",
            "footer",
            "small_print",
            "privacy",
            "controller",
            "privacy_officer",
            "complaints_to",
        )
    ]


class Account(Orderable):
    """An account of the organisation on another site; linked to, never loaded."""

    organisation = ParentalKey(Organisation, on_delete=models.CASCADE, related_name="accounts")
    name = models.CharField(max_length=40, help_text="Such as Mastodon")
    url = models.URLField("address")

    panels = [FieldPanel("name"), FieldPanel("url")]


class Recipient(Orderable):
    """Somebody outside who handles personal data for the organisation: the host, the mail provider."""

    organisation = ParentalKey(Organisation, on_delete=models.CASCADE, related_name="recipients")
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2, choices=country_choices)
    role = models.CharField(
        max_length=12,
        choices=[("host", "Hosts the server"), ("mail", "Delivers e-mail"), ("other", "Something else")],
        default="other",
    )

    panels = [FieldPanel("name"), FieldPanel("country"), FieldPanel("role")]
