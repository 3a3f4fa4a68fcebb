"""The page in a real browser: nothing leaves it, it works, it is accessible, and nothing overflows."""

import json
import os
import re
from pathlib import Path

import pytest

AXE = Path(__file__).parents[1] / "vendor" / "axe-core-4.14.1" / "axe.min.js"
NAMES = ("embedded", "french", "hostile")


@pytest.fixture
def opened(browser, pages):
    """Opens a page; an error in it, or a request that leaves it, fails the test."""
    wrong, contexts = [], []

    def open_page(name, *, width=1440, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=False)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on(
            "request",
            lambda request: (
                wrong.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None
            ),
        )
        page.goto(pages[name].as_uri())
        page.wait_for_function("document.documentElement.dataset.charts === 'drawn'")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_all_charts_are_drawn_and_nothing_overflows(opened, name, width, tmp_path):
    page = opened(name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    charts = page.locator(".chart")
    assert charts.count() >= 6
    assert page.locator(".chart[data-drawn] svg").count() == charts.count()
    assert page.locator(".moved-chart *").count() > 0
    kept = os.environ.get("KIT_SCREENSHOTS")
    page.screenshot(path=str((Path(kept) if kept else tmp_path) / f"{name}-{width}.png"), full_page=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(opened, name, scheme):
    page = opened(name, scheme=scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (violation["id"], violation["impact"], violation["nodes"][0]["html"][:200], len(violation["nodes"]))
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_a_click_on_a_head_sorts_by_number_and_another_turns_it_round(opened):
    page = opened("embedded")
    table = page.locator("#table-cells table")
    column = (
        table.locator("thead th")
        .all_inner_texts()
        .index(next(text for text in table.locator("thead th").all_inner_texts() if text.startswith("Mean")))
    )
    head = table.locator("thead th").nth(column)
    values = (
        f"[...document.querySelectorAll('#table-cells tbody tr')].map(row => Number(row.cells[{column}].dataset.sort))"
    )
    head.locator("button").click()
    up = page.evaluate(values)
    assert up == sorted(up)
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").click()
    assert page.evaluate(values) == sorted(up, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_absent_values_stay_behind_numbers(opened):
    page = opened("embedded")
    page.locator("#table-table2 thead th button").last.click()
    texts = page.locator("#table-table2 tbody tr td:last-child").all_inner_texts()
    assert len(texts) == 3


def test_words_filter_rows_and_the_count_follows(opened):
    page = opened("embedded")
    page.locator("#table-cells input[type=search]").fill("DISTIL imdb")
    assert page.locator("#table-cells tbody tr:visible").count() == 1
    assert page.locator("#table-cells [role=status]").inner_text() == "1 of 8 rows"
    page.locator("#table-cells input[type=search]").fill("")
    assert page.locator("#table-cells tbody tr:visible").count() == 8


def test_claims_are_filtered_by_verdict_and_a_tile_leads_to_a_hidden_one(opened):
    page = opened("embedded")
    page.locator("#claims select").select_option("not-testable")
    assert page.locator("#claims tr[data-verdict=direction]:visible").count() == 0
    tile = page.locator("a.tile.v-direction").first
    target = tile.get_attribute("href")
    tile.click()
    page.wait_for_function("(id) => document.getElementById(id).getClientRects().length > 0", arg=target[1:])


def test_a_table_is_downloaded_as_csv(opened, embedded):
    page = opened("embedded")
    with page.expect_download() as waiting:
        page.locator("#table-table2 .download").click()
    download = waiting.value
    assert download.suggested_filename == "table2.csv"
    text = Path(download.path()).read_text(encoding="utf-8")
    assert text.startswith("task,boundary,n_models")
    assert len(text.splitlines()) == len(embedded.tables["table2"].rows) + 1


def test_the_theme_changes_and_charts_follow_it(opened):
    page = opened("embedded")
    mark = "#figure-tasks svg .mark-symbol path[fill^=var]"
    colour = f"getComputedStyle(document.querySelector('{mark}')).fill"
    ground = "getComputedStyle(document.body).backgroundColor"
    before = (page.evaluate(colour), page.evaluate(ground))
    page.locator(".theme").click()
    after = (page.evaluate(colour), page.evaluate(ground))
    assert before[0] != after[0]
    assert before[1] != after[1]
    page.reload()
    page.wait_for_function("document.documentElement.dataset.charts === 'drawn'")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_sliders_move_the_break_even_and_the_address(opened):
    page = opened("embedded")
    days = page.locator("#break-even-rows [data-cell='days-energy']")
    before = days.all_inner_texts()
    page.locator("[data-setting=users_per_day]").fill("5")
    assert days.all_inner_texts() != before
    assert "users_per_day=100000" in page.url
    page.locator("#break-even-reset").click()
    assert days.all_inner_texts() == before


def test_a_chart_tells_its_value_under_the_pointer(opened):
    page = opened("embedded")
    page.locator("#figure-tasks svg .mark-symbol path[fill^=var]").first.hover()
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "kWh" in page.locator("#vg-tooltip-element").inner_text()


def test_the_contents_lead_to_every_section_and_stay_in_sight(opened):
    page = opened("embedded")
    links = page.locator(".contents a")
    assert links.count() == 14
    for place in range(links.count()):
        assert page.locator(links.nth(place).get_attribute("href")).count() == 1
    page.locator("#claims").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#claims').scrollIntoView()")
    assert page.evaluate("document.querySelector('.contents').getBoundingClientRect().top") >= 0
    page.wait_for_selector(".contents a[aria-current][href='#claims']")


def test_hostile_names_are_shown_as_text(opened, hostile):
    page = opened("hostile")
    text = page.locator("#table-cells").inner_text()
    assert "<script>alert(1)</script>" in text
    assert "nul[U+0000]byte" in text
    assert "[U+202E]evil" in text
    assert "\N{HEBREW LETTER ALEF}" in text
    assert "{{7*7}}" in text
    assert page.locator("img").count() == 0
    assert hostile.html.decode().count("\0") == 0


def test_the_page_forbids_itself_the_network_and_names_its_scripts(embedded):
    text = embedded.html.decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy
    assert "script-src 'sha256-" in policy
    assert "connect-src" not in policy
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r'(?:src|href)="(?!#|data:)', markup)


def test_the_kept_library_is_the_renderers_own():
    from kit.report.drawing import Drawing
    from kit.report.templates import vendored

    assert Drawing("en").library() == vendored("vega-embed.js")


def test_without_scripts_the_text_and_the_pictures_are_there(browser, pages):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["embedded"].as_uri())
    assert page.locator(".chart svg").count() == page.locator(".chart").count()
    assert "distilgpt2" in page.locator("#table-cells").inner_text()
    context.close()


def test_the_charts_of_the_page_are_those_of_the_pdf_with_the_colours_of_the_theme(embedded):
    specs = re.findall(r"<script type=\"application/json\" data-spec>(.*?)</script>", embedded.html.decode(), re.S)
    assert len(specs) >= 6
    for text in specs:
        spec = json.loads(text)
        assert spec["width"] == "container"
        assert "var(--" in text
        assert "url" not in spec.get("data", {})
