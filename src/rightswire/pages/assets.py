"""The style sheet, the script and the mark, under names that change with their content."""

from pathlib import Path
from typing import TYPE_CHECKING

from rightswire.bake.folder import sha256
from rightswire.bake.pieces import File
from rightswire.pages.colour import palette

if TYPE_CHECKING:
    from rightswire.pages.models import Organisation

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
