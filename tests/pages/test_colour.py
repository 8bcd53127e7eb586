"""An organisation's accent stays its own and can be read, whatever it gave."""

import colorsys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rightswire.pages.colour import HOUSE_ACCENT, INK_PALETTE, Palette, contrast, palette

HEX = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def hue(colour: str) -> float:
    """The hue in degrees, from red, green and blue (not OKLCH: a second opinion)."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return colorsys.rgb_to_hls(red, green, blue)[0] * 360


def test_contrast_is_that_of_the_web_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")


def test_the_looks_own_accent_keeps_the_colours_chosen_for_it():
    assert palette("#c22a0b") == Palette(light="#c22a0b", dark="#ff8361", light_band="#c22a0b", dark_band="#6f1a08")


@given(HEX)
@example("#ffffff")
@example("#000000")
@example("#0000ff")
@example("#ffff00")
@example("#00ffff")
@example(HOUSE_ACCENT)
@settings(max_examples=60, deadline=None)
def test_every_accent_can_be_read_in_light_and_in_dark(accent):
    colours = palette(accent)
    assert contrast(colours.light, "#edf0ed") >= 5
    assert contrast(colours.light, "#ffffff") >= 4.5
    assert contrast(colours.dark, "#1b2326") >= 5
    assert contrast(colours.light_band, "#ffffff") >= 4.5
    assert contrast(colours.dark_band, "#ffffff") >= 7
    for colour in (colours.light, colours.dark, colours.light_band, colours.dark_band):
        assert len(colour) == 7
        assert colour.startswith("#")
        assert 0 <= int(colour[1:], 16) <= 0xFFFFFF


@given(HEX)
@settings(max_examples=40, deadline=None)
def test_a_colour_made_readable_needs_no_second_change(accent):
    once = palette(accent)
    again = palette(once.light)
    assert again.light == once.light or again == INK_PALETTE


@pytest.mark.parametrize("accent", ["#000080", "#1a5c2e", "#8b0044"])
def test_an_accent_that_reads_well_already_stays_as_it_is_in_light(accent):
    assert palette(accent).light == accent


@pytest.mark.parametrize("accent", ["#ffd400", "#8fd9ff"])
def test_an_accent_that_reads_well_in_the_dark_stays_as_it_is_there(accent):
    assert palette(accent).dark == accent


@pytest.mark.parametrize("accent", ["#ffd400", "#1b75bc", "#00a651", "#ff69b4"])
def test_only_the_lightness_moves(accent):
    colours = palette(accent)
    for colour in (colours.light, colours.dark, colours.dark_band):
        assert abs((hue(colour) - hue(accent) + 180) % 360 - 180) < 25


@pytest.mark.parametrize("accent", ["#ffd400", "#1b75bc", "#ff69b4"])
def test_lightness_moves_no_further_than_it_must(accent):
    colours = palette(accent)
    assert contrast(colours.light, "#edf0ed") < 5.15
    assert contrast(colours.dark_band, "#ffffff") < 7.2


@pytest.mark.parametrize("accent", ["#808080", "#ffffff", "#000000", "#5a5f61"])
def test_a_grey_accent_becomes_ink(accent):
    assert palette(accent) == INK_PALETTE


def test_a_short_or_capital_form_is_understood():
    assert palette("#C22A0B").light == "#c22a0b"
    assert palette("#00A") == palette("#0000aa")


@pytest.mark.parametrize("accent", ["", "red", "c22a0b", "#c22a0", "#c22a0bff", "#gggggg", "#١٢٣٤٥٦", "url(x)"])
def test_what_is_no_colour_is_refused_in_a_sentence(accent):
    with pytest.raises(ValueError, match=r"is not a colour that can be read.*such as #c22a0b.*Nothing was changed"):
        palette(accent)
