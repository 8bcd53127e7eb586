"""Charts as drawings made on the server: bars over an axis, in the colour of the text around them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string

WIDTH, HEIGHT = 480, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 16, 28
MOST_LABELS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    number: int
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the axis, or a label under it, at a place of the drawing."""

    text: str
    at: str


def steps(most: int) -> list[int]:
    """Round numbers from nought to the first that is not below `most`: at most five steps."""
    most, step = max(most, 1), 1
    while step * 5 < most:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return list(range(0, -(-most // step) * step + 1, step))


def bars(name: str, title: str, description: str, points: Sequence[tuple[str, int]]) -> str:
    """The chart of `points`, label and number each, as SVG. What is below nought has no bar: the table shows it.

    `name`: what tells its parts from those of other charts of the page.
    """
    axis = steps(max((number for _label, number in points), default=0))
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    each = wide / max(len(points), 1)
    drawn = []
    for place, (label, number) in enumerate(points):
        tall = high * max(number, 0) / axis[-1]
        drawn.append(
            Bar(
                label,
                number,
                _length(LEFT + each * (place + 0.1)),
                _length(TOP + high - tall),
                _length(each * 0.8),
                _length(tall),
            )
        )
    every = -(-len(points) // MOST_LABELS) or 1
    context = {
        "name": name,
        "title": title,
        "description": description,
        "bars": drawn,
        "lines": [Mark(f"{value:,}", _length(TOP + high - high * value / axis[-1])) for value in axis],
        "labels": [
            Mark(label, _length(LEFT + each * (place + 0.5)))
            for place, (label, _number) in enumerate(points)
            if place % every == 0
        ],
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "text_right": LEFT - 8,
        "foot": HEIGHT - 8,
    }
    return render_to_string("campaigns/admin/chart.html", context)


def _length(value: float) -> str:
    """Drawings know no decimal commas."""
    return f"{value:.1f}"
