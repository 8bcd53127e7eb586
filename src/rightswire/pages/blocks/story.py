"""The blocks of a text. Each can say its own language; each can say itself in plain paragraphs."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.struct_block import BlockGroup
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

from rightswire.pages.language import language
from rightswire.pages.site_languages import language_choices
from rightswire.pages.text import paragraphs_of_html

TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]


class StoryBlock(blocks.StructBlock):
    """The base of all blocks of a text."""

    language = blocks.ChoiceBlock(
        choices=language_choices, required=False, label="Language", help_text="Only if it is not the page's."
    )

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context)
        context["own"] = own_language(value.get("language"))
        return context

    def paragraphs(self, value: Any) -> list[str]:
        """What the block says, for feeds and previews that show no markup."""
        return []


def own_language(code: str | None) -> SafeString:
    """The attributes of an element that is in another language than its page."""
    if not code:
        return mark_safe("")
    return mark_safe(f' lang="{code}" dir="{language(code).direction}"')


class TextBlock(StoryBlock):
    text = blocks.RichTextBlock(features=TEXT_FEATURES, label="Text")

    class Meta:
        icon = "pilcrow"
        label = "Text"
        template = "components/blocks/text.html"
        form_layout = BlockGroup(children=["text"], settings=["language"])

    def paragraphs(self, value: Any) -> list[str]:
        return paragraphs_of_html(value["text"].source)


class HeadingBlock(StoryBlock):
    text = blocks.CharBlock(max_length=160, label="Heading")

    class Meta:
        icon = "title"
        label = "Heading"
        template = "components/blocks/heading.html"
        form_layout = BlockGroup(children=["text"], settings=["language"])

    def paragraphs(self, value: Any) -> list[str]:
        return [value["text"]]


class QuoteBlock(StoryBlock):
    words = blocks.TextBlock(
        rows=4, help_text="Without quotation marks: the page sets them. A blank line begins a paragraph."
    )
    speaker = blocks.CharBlock(max_length=120, help_text="Full name")
    role = blocks.CharBlock(max_length=160, required=False)
    organisation = blocks.CharBlock(max_length=160, required=False)

    class Meta:
        icon = "openquote"
        label = "Quote"
        template = "components/blocks/quote.html"
        form_layout = BlockGroup(children=["words", "speaker", "role", "organisation"], settings=["language"])

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        code = value.get("language") or str(getattr((parent_context or {}).get("sheet"), "language", "en"))
        context["quoted"] = quoted(value["words"], code)
        return context

    def paragraphs(self, value: Any) -> list[str]:
        by = ", ".join(part for part in (value["speaker"], value["role"], value["organisation"]) if part)
        return [*quoted(value["words"], value.get("language") or "en"), by]


QUOTATION_MARKS = {"fr": ("«\u00a0", "\u00a0»"), "ar": ("«", "»")}


def quoted(words: str, code: str) -> list[str]:
    """Paragraphs in the quotation marks of the language: opened in each, closed in the last."""
    opening, closing = QUOTATION_MARKS.get(code.split("-")[0], ("“", "”"))
    paragraphs = [part.strip() for part in words.replace("\r", "").split("\n\n") if part.strip()]
    return [
        opening + text + (closing if number == len(paragraphs) else "") for number, text in enumerate(paragraphs, 1)
    ]


class PictureBlock(StoryBlock):
    picture = ImageChooserBlock(label="Picture")
    alt_text = blocks.CharBlock(
        required=False,
        max_length=400,
        help_text="What somebody who cannot see it should know, in a sentence. Empty: the picture's description.",
    )
    is_decorative = blocks.BooleanBlock(
        required=False, label="Only decorative", help_text="It says nothing that the text does not say."
    )
    caption = blocks.CharBlock(required=False, max_length=400)
    credit = blocks.CharBlock(required=False, max_length=200, help_text="Empty: the picture's own credit.")

    class Meta:
        icon = "image"
        label = "Picture"
        template = "components/blocks/picture.html"
        form_layout = BlockGroup(
            children=["picture", "alt_text", "is_decorative", "caption", "credit"], settings=["language"]
        )

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if not value["is_decorative"] and not self.alt(value):
            raise blocks.StructBlockValidationError(
                {"alt_text": ValidationError("Describe the picture, or tick “Only decorative”.")}
            )
        return value

    @staticmethod
    def alt(value: Any) -> str:
        if value["is_decorative"] or not value["picture"]:
            return ""
        return str(value["alt_text"] or value["picture"].description)

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["alt"] = self.alt(value)
        context["credit"] = value["credit"] or (value["picture"].credit if value["picture"] else "")
        return context

    def paragraphs(self, value: Any) -> list[str]:
        return [value["caption"]] if value["caption"] else []


class DocumentBlock(StoryBlock):
    document = DocumentChooserBlock()
    label = blocks.CharBlock(required=False, max_length=200, help_text="Empty: the document's title.")

    class Meta:
        icon = "doc-full"
        label = "Document"
        template = "components/blocks/document.html"
        form_layout = BlockGroup(children=["document", "label"], settings=["language"])

    def paragraphs(self, value: Any) -> list[str]:
        return [str(value["label"] or (value["document"].title if value["document"] else ""))]


class AskState(models.TextChoices):
    OPEN = "open", _("Not yet done.")
    DONE = "done", _("Done.")
    REFUSED = "refused", _("Refused.")


class AskBlock(blocks.StructBlock):
    who = blocks.CharBlock(max_length=200, help_text="An official, a court, a company: who can do it.")
    what = blocks.CharBlock(max_length=400, help_text="What they should do, in one sentence.")
    by = blocks.DateBlock(required=False, label="By when")
    by_text = blocks.CharBlock(
        required=False,
        max_length=160,
        label="By when, in words",
        help_text="Such as: before the next session",
    )
    state = blocks.ChoiceBlock(choices=AskState.choices, default=AskState.OPEN, label="Was it done?")

    class Meta:
        icon = "tick-inverse"


class AsksBlock(StoryBlock):
    asks = blocks.ListBlock(AskBlock(), min_num=1)

    class Meta:
        icon = "tick-inverse"
        label = "What we ask"
        template = "components/blocks/asks.html"
        form_layout = BlockGroup(children=["asks"], settings=["language"])

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context)
        context["asks"] = [{**ask, "state": AskState(ask["state"]).label} for ask in value["asks"]]
        return context

    def paragraphs(self, value: Any) -> list[str]:
        return [f"{ask['who']}: {ask['what']}" for ask in value["asks"]]


class FactBlock(blocks.StructBlock):
    term = blocks.CharBlock(max_length=120, help_text="A date or a name")
    text = blocks.CharBlock(max_length=400)


class FactsBlock(StoryBlock):
    title = blocks.CharBlock(max_length=120)
    facts = blocks.ListBlock(FactBlock(), min_num=1)

    class Meta:
        icon = "table"
        label = "Fact box"
        template = "components/blocks/facts.html"
        form_layout = BlockGroup(children=["title", "facts"], settings=["language"])

    def paragraphs(self, value: Any) -> list[str]:
        return [value["title"], *(f"{fact['term']}: {fact['text']}" for fact in value["facts"])]


class VideoBlock(StoryBlock):
    """A card that leads to a video elsewhere. Nothing of it loads here."""

    title = blocks.CharBlock(max_length=200)
    url = blocks.URLBlock(label="Address")
    source = blocks.CharBlock(max_length=80, help_text="The site that the link opens")
    text = blocks.CharBlock(max_length=400, required=False, help_text="What is seen, and how long it takes")

    class Meta:
        icon = "media"
        label = "Video"
        template = "components/blocks/video.html"
        form_layout = BlockGroup(children=["title", "url", "source", "text"], settings=["language"])

    def paragraphs(self, value: Any) -> list[str]:
        return [f"{value['title']}: {value['url']}"]


class ActionBlock(StoryBlock):
    label = blocks.CharBlock(max_length=60, help_text="What the button says: “Write to the minister”")
    text = blocks.CharBlock(max_length=300, required=False)
    page = blocks.PageChooserBlock(required=False)
    address = blocks.CharBlock(required=False, max_length=300, help_text="Instead of a page: /en/news/ or https://…")

    class Meta:
        icon = "arrow-right"
        label = "Call to action"
        template = "components/blocks/action.html"
        form_layout = BlockGroup(children=["label", "text", "page", "address"], settings=["language"])

    def clean(self, value: Any) -> Any:
        value = super().clean(value)
        if bool(value["page"]) == bool(value["address"]):
            raise ValidationError("Choose a page or type an address: one of the two.")
        from rightswire.pages.models.menu import check_address  # noqa: PLC0415 - models import blocks

        check_address(value["address"])
        return value

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        from rightswire.pages.models.menu import link_address  # noqa: PLC0415 - models import blocks

        context = super().get_context(value, parent_context)
        context["link"] = link_address(value)
        return context

    def paragraphs(self, value: Any) -> list[str]:
        return [value["text"]] if value["text"] else []


class StoryBlocks(blocks.StreamBlock):
    text = TextBlock()
    heading = HeadingBlock()
    quote = QuoteBlock()
    picture = PictureBlock()
    document = DocumentBlock()
    asks = AsksBlock()
    facts = FactsBlock()
    video = VideoBlock()
    action = ActionBlock()


class ContactsBlock(StoryBlock):
    """All contacts for journalists, from the directory."""

    class Meta:
        icon = "group"
        label = "Contacts"
        template = "components/blocks/contacts.html"
        form_layout = BlockGroup(children=[], settings=["language"])

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        from rightswire.pages.models import Contact  # noqa: PLC0415 - models import blocks

        context = super().get_context(value, parent_context)
        contacts = list(Contact.objects.prefetch_related("wordings"))
        context["press"] = [contact for contact in contacts if contact.kind == Contact.Kind.PRESS]
        context["spokespeople"] = [contact for contact in contacts if contact.kind != Contact.Kind.PRESS]
        return context


class PageBlocks(StoryBlocks):
    contacts = ContactsBlock()
