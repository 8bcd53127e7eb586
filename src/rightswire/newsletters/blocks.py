"""What a newsletter is made of: a few blocks that every mail program can show."""

from wagtail import blocks
from wagtail.images.blocks import ImageBlock

TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul", "h3"]


class ButtonBlock(blocks.StructBlock):
    label = blocks.CharBlock(max_length=60)
    page = blocks.PageChooserBlock(required=False, help_text="A petition, an item, any page of the site.")
    url = blocks.URLBlock(required=False, label="or an address elsewhere")

    class Meta:
        icon = "link"


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(rows=3)
    speaker = blocks.CharBlock(max_length=120)
    role = blocks.CharBlock(max_length=120, required=False)

    class Meta:
        icon = "openquote"


class NewsletterBlocks(blocks.StreamBlock):
    heading = blocks.CharBlock(max_length=120, icon="title")
    text = blocks.RichTextBlock(features=TEXT_FEATURES, icon="pilcrow")
    picture = ImageBlock(required=False, help_text="With a description, for those who do not load pictures.")
    quote = QuoteBlock()
    item = blocks.PageChooserBlock(
        page_type="newsroom.NewsItem", icon="doc-full", label="News item", help_text="Its headline, teaser and link."
    )
    button = ButtonBlock()

    class Meta:
        required = True
