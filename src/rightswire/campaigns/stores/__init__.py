"""What is stored about people: why, how much of it now, until when, and who can read it."""

from rightswire.campaigns.stores.everything import CHAPTERS, add_chapter, place_of, unknown_files
from rightswire.campaigns.stores.store import Chapter, Line, Store

__all__ = ["CHAPTERS", "Chapter", "Line", "Store", "add_chapter", "place_of", "unknown_files"]
