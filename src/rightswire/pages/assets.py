"""The style sheet, the script and the mark, under names that change with their content."""

from pathlib import Path
from typing import TYPE_CHECKING

from rightswire.bake.folder import sha256
from rightswire.bake.pieces import File
from rightswire.pages.colour import palette
from rightswire.pages.renditions import rendition_of

if TYPE_CHECKING:
    from rightswire.pages.models import Organisation

LOGO = "fill-192x192|format-png"
FOLDER = Path(__file__).parent / "assets"


class Assets:
    """The assets of an organisation: its accent colour is written into the style sheet and the mark."""

    def __init__(self, organisation: "Organisation") -> None:
        colours = palette(organisation.accent)
        self._files: dict[str, tuple[str, bytes]] = {}
        for source in sorted(FOLDER.iterdir()):
            text = source.read_text(encoding="utf-8")
            if source.suffix == ".css":
                text = minified(text)
            for token, colour in {
                "#accent-light": colours.light,
                "#accent-dark": colours.dark,
                "#band-dark": colours.dark_band,
            }.items():
                text = text.replace(token, colour)
            content = text.encode()
            path = f"assets/{source.stem}-{sha256(content)[:12]}{source.suffix}"
            self._files[source.name] = (path, content)
        if organisation.logo:
            content = Path(rendition_of(organisation.logo, LOGO).file.path).read_bytes()
            self._files["logo"] = (f"assets/logo-{sha256(content)[:12]}.png", content)

    @property
    def icon_url(self) -> str:
        """The organisation's logo, or else the mark."""
        return self.url("logo" if "logo" in self._files else "mark.svg")

    def url(self, name: str) -> str:
        return f"/{self._files[name][0]}"

    def files(self) -> list[File]:
        return [File(path, content) for path, content in self._files.values()]


def minified(css: str) -> str:
    """Without comments and indentation; line ends stay, compression does the rest."""
    kept: list[str] = []
    for part in css.split("/*"):
        kept.append(part.partition("*/")[2] if kept else part)
    return "\n".join(line for line in map(str.strip, "".join(kept).splitlines()) if line)
