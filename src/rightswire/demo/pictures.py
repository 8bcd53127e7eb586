"""The demo's pictures: drawn from ruled lines that rise into carets, in the look's three colours.

Units of the drawings are those of a sheet 1200 wide and 500 high; the picture is 1920 by 800 pixels.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw

SHEET = "#edf0ed"
LINE = "#4d585b"
HOT = "#c22a0b"

WIDTH, HEIGHT = 1200, 500
PIXELS = (1920, 800)
FINER = 3  # drawn this many times larger, then reduced, so that slanted strokes are smooth
FINE = 2.5  # stroke widths: 4 and 10 pixels
HEAVY = 6.25

Point = tuple[float, float]


class Sheet:
    """A sheet of paper on which strokes and fills are drawn, in units."""

    def __init__(self) -> None:
        self.scale = PIXELS[0] * FINER / WIDTH
        self.image = Image.new("RGB", (PIXELS[0] * FINER, PIXELS[1] * FINER), SHEET)
        self.pen = ImageDraw.Draw(self.image)

    def fill(self, points: Sequence[Point], colour: str = SHEET) -> None:
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=colour)

    def stroke(self, points: Sequence[Point], width: float = FINE, colour: str = LINE) -> None:
        """Draw an open line with mitred corners, as a pen and ruler would."""
        points = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
        left = [_beside(points, i, width / 2) for i in range(len(points))]
        right = [_beside(points, i, -width / 2) for i in range(len(points))]
        for i in range(len(points) - 1):
            self.fill([left[i], left[i + 1], right[i + 1], right[i]], colour)

    def rule(self, x1: float, x2: float, y: float, width: float = FINE, colour: str = LINE) -> None:
        self._bar(x1, y - width / 2, x2, y + width / 2, colour)

    def post(self, x: float, y1: float, y2: float, width: float = FINE, colour: str = LINE) -> None:
        self._bar(x - width / 2, y1, x + width / 2, y2, colour)

    def _bar(self, x1: float, y1: float, x2: float, y2: float, colour: str) -> None:
        left, top, right, bottom = (round(v * self.scale) for v in (x1, y1, x2, y2))
        self.pen.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def box(self, x: float, y: float, wide: float, high: float, pen: float = FINE, ink: str = LINE) -> None:
        """Draw a frame whose corners are square."""
        half = pen / 2
        for edge in (y, y + high):
            self.rule(x - half, x + wide + half, edge, pen, ink)
        for edge in (x, x + wide):
            self.post(edge, y, y + high, pen, ink)

    def finished(self) -> Image.Image:
        return self.image.resize(PIXELS, Image.Resampling.BOX)


def _beside(points: Sequence[Point], i: int, offset: float) -> Point:
    """The point beside the i-th one, on the mitre of its two segments."""
    before, here, after = points[max(i - 1, 0)], points[i], points[min(i + 1, len(points) - 1)]
    nx1, ny1 = _normal(before, here) if i > 0 else _normal(here, after)
    nx2, ny2 = _normal(here, after) if i < len(points) - 1 else (nx1, ny1)
    stretch = offset / max(0.05, 1 + nx1 * nx2 + ny1 * ny2)
    return here[0] + (nx1 + nx2) * stretch, here[1] + (ny1 + ny2) * stretch


def _normal(a: Point, b: Point) -> Point:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy) or 1.0
    return dy / length, -dx / length


def caret(x: float, y: float, half: float, rise: float) -> list[Point]:
    """Points of a caret that stands on height y, with its tip above x."""
    return [(x - half, y), (x, y - rise), (x + half, y)]


def forest() -> Image.Image:
    """A hillside of carets, row before row; one of them is red."""
    sheet, chance = Sheet(), random.Random(7)
    for row in range(9):
        ground, size = 100 + row * 52.0, 22 + row * 3.4
        line: list[Point] = [(-40, ground)]
        trees: list[float] = []
        x = -30 + chance.random() * 30
        while x < WIDTH + 20:
            half = size * chance.choice((0.55, 0.75, 1.0, 1.25))
            trees.append(x + half)
            line += caret(x + half, ground, half, half * 1.75)
            x += 2 * half + chance.choice((0, 0, 10, 26, 44))
        line.append((WIDTH + 40, ground))
        sheet.fill([*line, (WIDTH + 40, HEIGHT + 40), (-40, HEIGHT + 40)])
        sheet.stroke(line)
        if row == 4:
            tip = min((p for p in line if p[1] < ground - size * 1.7), key=lambda p: abs(p[0] - 770))
            half = (ground - tip[1]) / 1.75
            sheet.stroke(caret(tip[0], ground, half, half * 1.75), HEAVY, HOT)
    return sheet.finished()


def thirty_two_lines() -> Image.Image:
    """One ruled line for each year of a sentence; sixteen months of them are served."""
    sheet = Sheet()
    for year in range(32):
        sheet.rule(60, 1140, 47.5 + year * 13.125)
    sheet.rule(60, 1140, 47.5, HEAVY, HOT)
    sheet.rule(60, 60 + 1080 * 4 / 12, 47.5 + 13.125, HEAVY, HOT)
    return sheet.finished()


def flag() -> Image.Image:
    """A flag of waving lines on its pole; one line rises where the star would be."""
    sheet, middle = Sheet(), 600.0

    def height(x: float, row: int) -> float:
        away = (x - 320) / 620
        return 92 + row * 20 + 22 * away * math.sin(away * 7.2 - 0.6) + 10 * math.sin(away * 3.1)

    sheet.post(318, 50, 470, HEAVY)
    rows = [[(float(x), height(x, row)) for x in range(320, 931, 4)] for row in range(15)]
    for points in rows[:8] + rows[9:]:
        sheet.stroke(points)
    ground = height(middle, 8)
    sheet.fill(caret(middle, ground, 58, 92))
    before, after = ([p for p in rows[8] if side * (p[0] - middle) >= 40] for side in (-1, 1))
    sheet.stroke([*before, (middle, ground - 70), *after], HEAVY, HOT)
    return sheet.finished()


def search() -> Image.Image:
    """A search field and its results; one result is struck out, leaving its line in red."""
    sheet = Sheet()
    sheet.box(180, 62, 840, 76, 4)
    sheet.rule(212, 470, 100, 4)
    sheet.post(490, 80, 120, 4)
    results = [(180, 690), (250, 820), (140, 610), (220, 760)]
    for i, (title, text) in enumerate(results):
        y = 196 + i * 76
        if i == 2:
            continue
        sheet.rule(180, 180 + title * 1.5, y, HEAVY)
        sheet.rule(180, 180 + text, y + 20)
        sheet.rule(180, 180 + text * 0.8, y + 36)
    sheet.rule(180, 1020, 196 + 2 * 76 + 18, HEAVY, HOT)
    return sheet.finished()


def border() -> Image.Image:
    """Lines of people, as carets, end at a fence of ruled posts; beyond it the lines go on empty."""
    sheet, chance = Sheet(), random.Random(21)
    fence = 800.0
    for row in range(6):
        ground = 100 + row * 67.5
        line: list[Point] = [(-20, ground)]
        x = 40 + chance.random() * 130
        while x < fence - (180 if row == 3 else 110):
            half = chance.choice((15, 18, 21, 24))
            line += caret(x + half, ground, half, half * 1.75)
            x += 2 * half + chance.choice((0, 3, 8, 14)) + chance.choice((0, 0, 90)) * (1 - x / fence)
        sheet.stroke([*line, (fence - (90 if row == 3 else 20), ground)])
        if row == 3:
            sheet.stroke([*caret(fence - 66, ground, 24, 42), (fence - 20, ground)], HEAVY, HOT)
        sheet.rule(fence + 215, WIDTH + 10, ground)
    for i in range(16):
        sheet.post(fence + i * 12.5, -10, HEIGHT + 10, 3.75)
    return sheet.finished()


def market() -> Image.Image:
    """A market square from above the roofs: rows of stalls, and the place of one that is gone."""
    sheet = Sheet()
    for row in range(4):
        ground, half = 132 + row * 104.0, 46.0
        shift = 0 if row % 2 else -half
        for stall in range(14):
            x = 46 + shift + stall * 92
            if (row, stall) == (2, 8):
                continue
            sheet.stroke([(x - half + 3, ground - 40), (x, ground - 80), (x + half - 3, ground - 40)])
            sheet.rule(x - half + 3, x + half - 3, ground - 40)
            sheet.post(x - half + 10, ground - 40, ground)
            sheet.post(x + half - 10, ground - 40, ground)
            sheet.rule(x - half + 10, x + half - 10, ground - 17)
        if row == 2:
            sheet.rule(46 + shift + 8 * 92 - half + 10, 46 + shift + 8 * 92 + half - 10, ground, HEAVY, HOT)
    return sheet.finished()


def seventy_strokes() -> Image.Image:
    """Seventy strokes, ten to a decade, on a red line that rises after the last."""
    sheet = Sheet()
    x = 60.0
    for year in range(70):
        sheet.post(x, 110, 370, 3.75)
        x += 12.5 + (15 if year % 10 == 9 else 0)
    sheet.stroke([(-10, 400), *caret(1098, 400, 46, 84), (WIDTH + 10, 400)], HEAVY, HOT)
    return sheet.finished()


def thirty_one_lines() -> Image.Image:
    """Thirty-one short lines, of which eight rise into carets; the newest is red."""
    sheet = Sheet()
    risen = (3, 6, 9, 13, 16, 20, 23, 26)
    newest = 20
    for i in range(31):
        x, y = 60 + (i % 8) * 137.5, 122.5 + (i // 8) * 100
        if i in risen:
            colour, width = (HOT, HEAVY) if i == newest else (LINE, 3.75)
            sheet.stroke([(x, y), *caret(x + 57.5, y, 30, 54), (x + 115, y)], width, colour)
        else:
            sheet.rule(x, x + 115, y, 3.75)
    return sheet.finished()


def hundred_days() -> Image.Image:
    """A hundred strokes in four months: December, January, February and ten days of March."""
    sheet = Sheet()
    for row, days in enumerate((31, 31, 28, 10)):
        ground = 125 + row * 105.0
        for day in range(days):
            sheet.post(90 + day * 34, ground - 70, ground, 3.75)
        sheet.rule(60, 60 + 30 + days * 34 - 4, ground)
        if row == 0:
            sheet.post(90, ground - 92, ground, HEAVY, HOT)
    return sheet.finished()


def letters() -> Image.Image:
    """Rows of closed envelopes; the flap of one is open, and red."""
    sheet = Sheet()
    wide, high = 132.0, 84.0
    for row in range(3):
        for column in range(7):
            x, y = 72 + column * 154.0, 66 + row * 138.0
            sheet.box(x, y, wide, high)
            if (row, column) == (1, 4):
                sheet.stroke([(x, y), (x + wide / 2, y - 50), (x + wide, y)], HEAVY, HOT)
            else:
                sheet.stroke([(x, y), (x + wide / 2, y + 50), (x + wide, y)])
    return sheet.finished()


def seventeen_lines() -> Image.Image:
    """A list of seventeen lines; above them a caret marks the one that was left out."""
    sheet, chance = Sheet(), random.Random(3)
    for i in range(17):
        y = 152.5 + i * 18.75
        sheet.rule(300, 300 + 330 + chance.random() * 270, y, 3.4)
        sheet.post(270, y - 5, y + 5, 3.4)
    sheet.stroke([(270, 112), (420, 112), (450, 60), (480, 112), (930, 112)], HEAVY, HOT)
    return sheet.finished()


def phone() -> Image.Image:
    """Ruled lines stop at the edge of a telephone; one red line runs through it."""
    sheet = Sheet()
    left, wide = 490.0, 220.0
    for i in range(21):
        y = 50 + i * 20.0
        if i == 10:
            continue
        sheet.rule(-10, left - 26, y)
        sheet.rule(left + wide + 26, WIDTH + 10, y)
    sheet.box(left, 40, wide, 420, HEAVY)
    sheet.rule(left + 84, left + wide - 84, 432, 4)
    for i, (start, end) in enumerate(((24, 150), (24, 110), (90, 196), (60, 196))):
        sheet.rule(left + start, left + end, 84 + i * 26, 4)
    for i, (start, end) in enumerate(((24, 170), (24, 128), (24, 150))):
        sheet.rule(left + start, left + end, 320 + i * 26, 4)
    middle = left + wide / 2
    sheet.rule(left - 6, left + wide + 6, 250, 20, SHEET)
    sheet.stroke([(-10, 250), *caret(middle, 250, 34, 58), (WIDTH + 10, 250)], HEAVY, HOT)
    return sheet.finished()


def shelf() -> Image.Image:
    """A shelf of files, seen by their spines; one has been drawn out by a hand's breadth."""
    sheet, chance = Sheet(), random.Random(5)
    x, ground = 56.0, 410.0
    for place in range(31):
        wide = chance.choice((22.0, 28.0, 34.0, 44.0))
        high = chance.choice((236.0, 250.0, 264.0))
        if place == 19:
            x, wide, high = x + 4, 34.0, 318.0
            sheet.box(x, ground - high, wide, high, HEAVY, HOT)
            sheet.rule(x + 10, x + wide - 10, ground - high + 36, HEAVY, HOT)
            x += 4
        else:
            sheet.box(x, ground - high, wide, high)
            sheet.rule(x + 7, x + wide - 7, ground - high + 30)
            sheet.rule(x + 7, x + wide - 7, ground - high + 40)
        x += wide + 3
    sheet.rule(-10, WIDTH + 10, ground + 4, HEAVY)
    return sheet.finished()


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "forest": forest,
    "thirty-two-lines": thirty_two_lines,
    "flag": flag,
    "search": search,
    "border": border,
    "market": market,
    "seventy-strokes": seventy_strokes,
    "thirty-one-lines": thirty_one_lines,
    "hundred-days": hundred_days,
    "letters": letters,
    "seventeen-lines": seventeen_lines,
    "phone": phone,
    "shelf": shelf,
}


def draw(name: str) -> bytes:
    """The picture of that name as PNG, the same bytes every time. KeyError if there is none."""
    image = PICTURES[name]().quantize(colors=32, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


ALT: dict[str, dict[str, str]] = {
    "forest": {
        "en": "Drawing: a hillside of trees made of ruled lines; one tree is drawn in red.",
        "fr": "Dessin : un versant d’arbres faits de lignes tracées à la règle; un arbre est rouge.",
        "ar": "رسم: سفح من الأشجار مرسومة بخطوط مستقيمة، وشجرة واحدة منها حمراء.",
    },
    "thirty-two-lines": {
        "en": "Drawing: thirty-two ruled lines. The first, and a third of the second, are red.",
        "fr": "Dessin : trente-deux lignes. La première et le tiers de la deuxième sont rouges.",
        "ar": "رسم: اثنان وثلاثون خطًا، واحد تحت الآخر. الأول وثلث الثاني باللون الأحمر.",
    },
    "flag": {
        "en": "Drawing: a flag of waving lines. In its middle one line, red, rises to a point.",
        "fr": "Dessin : un drapeau de lignes ondulantes. Au milieu, une ligne rouge s’élève en pointe.",
        "ar": "رسم: عَلَم من خطوط متموّجة، وفي وسطه خط أحمر يرتفع إلى رأس مدبّب.",
    },
    "search": {
        "en": "Drawing: a search field, and results as lines. A red line stands where one is gone.",
        "fr": "Dessin : un champ de recherche et ses résultats. Un trait rouge remplace l’un d’eux.",
        "ar": "رسم: خانة بحث وتحتها نتائج على هيئة خطوط. إحدى النتائج غائبة، ومكانها خط أحمر.",
    },
    "border": {
        "en": "Drawing: lines rise into points, like people waiting, and end at a fence. One is red.",
        "fr": "Dessin : des lignes s’élèvent en pointes, comme une foule, devant une clôture. Une est rouge.",
        "ar": "رسم: خطوط ترتفع رؤوسًا كأنها أناس ينتظرون، ثم تقف عند سياج. أحد الرؤوس أحمر.",
    },
    "market": {
        "en": "Drawing: rows of market stalls. One is missing; a red line marks where it stood.",
        "fr": "Dessin : des rangées d’étals de marché. Il en manque un; un trait rouge marque sa place.",
        "ar": "رسم: صفوف من أكشاك سوق. أحدها غائب، وخط أحمر يدلّ على مكانه.",
    },
    "seventy-strokes": {
        "en": "Drawing: seventy strokes in tens. The red line under them rises after the last.",
        "fr": "Dessin : soixante-dix traits groupés par dix. Dessous, une ligne rouge s’élève à la fin.",
        "ar": "رسم: سبعون خطًا في مجموعات من عشرة، تحتها خط أحمر يرتفع إلى رأس بعد آخرها.",
    },
    "thirty-one-lines": {
        "en": "Drawing: thirty-one short lines. Eight of them rise to a point; one of the eight is red.",
        "fr": "Dessin : trente et une lignes courtes. Huit s’élèvent en pointe; l’une des huit est rouge.",
        "ar": "رسم: واحد وثلاثون خطًا قصيرًا. ثمانية منها ترتفع إلى رأس، وأحد الثمانية أحمر.",
    },
    "hundred-days": {
        "en": "Drawing: a hundred strokes in four rows, one for each month. The first stroke is red.",
        "fr": "Dessin : cent traits en quatre rangées, une par mois. Le premier trait est rouge.",
        "ar": "رسم: مئة خط في أربعة صفوف، لكل شهر صفّ. الخط الأول أحمر.",
    },
    "letters": {
        "en": "Drawing: rows of closed envelopes. The flap of one is open and red.",
        "fr": "Dessin : des rangées d’enveloppes fermées. Le rabat de l’une est ouvert, et rouge.",
        "ar": "رسم: صفوف من المظاريف المغلقة. طيّة أحدها مفتوحة وحمراء.",
    },
    "seventeen-lines": {
        "en": "Drawing: a list of seventeen lines. Above it a red line rises: one name is missing.",
        "fr": "Dessin : une liste de dix-sept lignes. Au-dessus, une ligne rouge s’élève : un nom manque.",
        "ar": "رسم: قائمة من سبعة عشر سطرًا. فوقها خط أحمر يرتفع إلى رأس: اسم غائب عن القائمة.",
    },
    "phone": {
        "en": "Drawing: ruled lines stop at the edges of a telephone. One red line runs through it.",
        "fr": "Dessin : des lignes s’arrêtent aux bords d’un téléphone. Une seule, rouge, le traverse.",
        "ar": "رسم: خطوط تقف عند حافتَي هاتف. خط واحد أحمر يخترقه.",
    },
    "shelf": {
        "en": "Drawing: a shelf of files seen by their spines. One, red, has been drawn out.",
        "fr": "Dessin : des dossiers rangés sur une étagère, vus par la tranche. L’un, rouge, en dépasse.",
        "ar": "رسم: رفّ من الملفات تُرى من ظهورها. أحدها، وهو أحمر، مسحوب إلى أعلى.",
    },
}
