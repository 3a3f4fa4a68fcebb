"""What is shown of text from outside."""

from hypothesis import given
from hypothesis import strategies as st

from kit.report.environment import breakable, embedded_json, typeset
from kit.report.fonts import FONTS, font_bytes, printable, visible

PRINTABLE = printable()


def test_controls_and_direction_marks_are_shown_as_codes_and_letters_stay():
    assert visible("a\0b\N{RIGHT-TO-LEFT OVERRIDE}c") == "a[U+0000]b[U+202E]c"
    assert visible("\N{HEBREW LETTER ALEF} \N{PILE OF POO} é") == "\N{HEBREW LETTER ALEF} \N{PILE OF POO} é"


def test_what_no_bundled_font_has_is_printed_as_its_code():
    assert PRINTABLE("\N{PILE OF POO}\N{CJK UNIFIED IDEOGRAPH-4E2D}") == "[U+1F4A9][U+4E2D]"
    assert PRINTABLE("Ωμ é \N{HEBREW LETTER ALEF}\N{ARABIC LETTER ALEF} plain") == (
        "Ωμ é \N{HEBREW LETTER ALEF}\N{ARABIC LETTER ALEF} plain"
    )


@given(st.text())
def test_no_text_ends_a_script_or_opens_a_tag(text):
    for made in (typeset(text), breakable(text)):
        assert "<" not in made.replace("<wbr>", "").replace("<sup>", "").replace("</sup>", "").replace(
            "<sub>2</sub>", ""
        )
    assert "<" not in embedded_json(text)


def test_powers_of_ten_and_formulae_are_set():
    assert typeset("5 10^\N{MINUS SIGN}6 gCO2eq") == ("5 10<sup>\N{MINUS SIGN}6</sup> gCO<sub>2</sub>eq")


def test_long_names_may_break():
    assert "<wbr>" in breakable("x" * 300)
    assert breakable("org/name_a") == "org/name_a"
    assert breakable("super_glue_record/of_names") == "super_<wbr>glue_<wbr>record/of_<wbr>names"


def test_every_listed_font_is_a_woff2_file():
    for font in FONTS:
        assert font_bytes(font.file).startswith(b"wOF2")
