"""The page's arithmetic against Python's, and its controls, in a real browser."""

import html
import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest

from kit.analyse.break_even import (
    Assumptions,
    Basis,
    InferenceEnergy,
    Never,
    inferences_after,
    inferences_per_download,
    parity,
    time_to_parity,
)
from kit.analyse.break_even_energies import energies_of
from kit.analyse.break_even_page import page_json
from kit.catalog.break_even_data import load_downloads, load_training
from kit.model.results import Boundary, Estimate

SCRIPT = Path(__file__).parents[2] / "templates" / "assets" / "break-even.js"
TRAINING = load_training()
COUNTS = load_downloads()[0]
PUBLISHED = Assumptions(training_grid_g_per_kwh=57.0, serving_grid_g_per_kwh=297.6, relative_uncertainty=0.1)
ENERGIES = energies_of(
    {
        ("bigscience/bloomz-7b1", Boundary.PUBLISHED): {
            "QA": {"squad": (8.1e-5, 8.3e-5), "squad_v2": (8e-5,), "sciq": (6.4e-5,)},
            "summaries": {"cnn": (2.4e-4, 2.38e-4), "samsum": (1.4e-4,), "xsum": (2.3e-4,)},
        },
        ("bigscience/bloomz-7b1", Boundary.DEVICE): {"QA": {"squad": (3e-5, 3.1e-5, 2.9e-5)}},
        ("bigscience/bloomz-7b1", Boundary.NET): {"QA": {"squad": (2.5e-5, 2.6e-5, 2.4e-5)}},
        ("bigscience/bloomz-3b", Boundary.PUBLISHED): {"QA": {"squad": (7.3e-5,)}},
        ("bigscience/bloomz-3b", Boundary.NET): {"QA": {"squad": (0.0,)}},
        ("bigscience/bloomz-560m", Boundary.NET): {"QA": {"squad": (-1e-5,)}},
    }
)
DATA = page_json(TRAINING, ENERGIES, COUNTS, PUBLISHED)

BODY = """
<form id="break-even">
  <input type="range" data-setting="users_per_day" data-scale="log10" min="2" max="10" step="0.01">
  <output data-shows="users_per_day"></output>
  <input type="range" data-setting="growth_per_year" min="-0.9" max="10" step="0.1">
  <input type="number" data-setting="serving_grid_g_per_kwh">
  <input type="checkbox" data-setting="idle">
  <select data-setting="boundary"><option>published<option>device<option>net</select>
  <select data-setting="basis"><option>energy<option>carbon</select>
  <select data-setting="model">
    <option>bigscience/bloomz-7b1<option>bigscience/bloom<option>bigscience/bloomz-560m
  </select>
  <button type="button" id="break-even-reset">back</button>
</form>
<table><tbody id="break-even-rows"></tbody></table>
<svg id="break-even-chart"></svg>
<a id="break-even-link">link</a>
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A page as a report makes it: everything inline, no network."""
    file = tmp_path_factory.mktemp("page") / "page.html"
    data = json.dumps(DATA, allow_nan=False).replace("<", "\\u003c")
    file.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>break-even</title>"
        f'<script type="application/json" id="break-even-data">{data}</script>{BODY}'
        f"<script>{SCRIPT.read_text(encoding='utf-8')}</script></html>",
        encoding="utf-8",
    )
    return file.as_uri()


@pytest.fixture
def page(browser, address):
    """The page, freshly opened; an error in it fails the test."""
    opened = browser.new_page()
    opened.set_default_timeout(10_000)
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(address)
    yield opened
    opened.close()
    assert errors == []


def random_setting(source):
    return {
        "users_per_day": source.choice([0.0, 1.0, 1e7, 10 ** source.uniform(0, 11)]),
        "queries_per_user": source.choice([0.0, 1.0, 10 ** source.uniform(-3, 6)]) if source.random() < 0.5 else 1.0,
        "growth_per_year": source.choice([0.0, 1e-9, -0.99, source.uniform(-0.99, 0.0), source.uniform(0.0, 100.0)]),
        "training_grid_g_per_kwh": source.uniform(1.0, 5_000.0),
        "serving_grid_g_per_kwh": source.choice([0.0, source.uniform(0.0, 5_000.0), 297.6]),
        "training_pue": source.uniform(1.0, 10.0),
        "serving_pue": source.choice([1.0, source.uniform(1.0, 10.0)]),
        "fine_tuning": source.random() < 0.5,
        "idle": source.random() < 0.5,
        "embodied": source.random() < 0.5,
        "boundary": source.choice([boundary.value for boundary in Boundary]),
        "basis": source.choice([basis.value for basis in Basis]),
        "model": source.choice(list(TRAINING.models)),
    }


def answers_of_python(setting):
    numbers = {name: value for name, value in setting.items() if name not in ("boundary", "basis", "model")}
    assumptions = replace(PUBLISHED, **numbers)
    for model in TRAINING.models.values():
        energy = ENERGIES[model.id][Boundary(setting["boundary"])]
        count = COUNTS.counts.get(model.id)
        for basis in Basis:
            if not isinstance(energy, InferenceEnergy):
                yield model.id, basis, energy, energy, energy if count else None
                continue
            inferences = parity(model, TRAINING.cluster, energy, assumptions, basis)
            yield (
                model.id,
                basis,
                inferences,
                time_to_parity(inferences, assumptions),
                inferences_per_download(inferences, count.monthly if count else None),
            )


def assert_same(here, there):
    if here is None:
        assert there is None
    elif isinstance(here, Estimate):
        for name in ("value", "low", "high"):
            ours, theirs = getattr(here, name), there[name]
            if ours is None or theirs is None:
                assert ours is theirs
            else:
                assert math.isclose(ours, theirs, rel_tol=1e-9)
    elif isinstance(here, Never):
        assert there == {"never": True}
    else:
        assert there == {"unavailable": here.reason}


def test_page_and_python_agree_to_1e9_on_1000_random_settings(page):
    source = random.Random(31)
    settings = [random_setting(source) for _ in range(1_000)]
    found = page.evaluate(
        "([data, settings]) => settings.map((setting) => KitBreakEven.compute(data, setting))", [DATA, settings]
    )
    kinds = set()
    for setting, answers in zip(settings, found, strict=True):
        by_id = {answer["id"]: answer for answer in answers}
        for model, basis, inferences, days, per_download in answers_of_python(setting):
            theirs = by_id[model][basis.value]
            assert_same(inferences, theirs["parity"])
            assert_same(days, theirs["days"])
            assert_same(per_download, theirs["per_download"])
            kinds.add(type(days).__name__)
    assert kinds == {"Estimate", "Never", "Unavailable"}


def test_cumulative_inferences_agree_with_python(page):
    source = random.Random(7)
    cases = [(source.uniform(0.0, 2_000.0), source.uniform(-0.9, 5.0)) for _ in range(200)]
    found = page.evaluate(
        "([published, cases]) => cases.map(([days, growth]) =>"
        " KitBreakEven.inferencesAfter(days, { ...published, growth_per_year: growth }))",
        [DATA["published"], cases],
    )
    for (days, growth), theirs in zip(cases, found, strict=True):
        ours = inferences_after(days, replace(PUBLISHED, growth_per_year=growth))
        assert math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("name", ["users_per_day", "serving_pue", "training_grid_g_per_kwh"])
@pytest.mark.parametrize("bad", ["NaN", "Infinity", "-1"])
def test_the_page_refuses_a_number_out_of_range(page, name, bad):
    refused = page.evaluate(
        f"(data) => {{ try {{ KitBreakEven.compute(data, {{ ...data.published, {name}: {bad} }}); return ''; }}"
        " catch (error) { return error.name + ' ' + error.message; } }",
        DATA,
    )
    assert refused.startswith(f"RangeError {name}")


def test_a_thousand_settings_go_into_an_address_and_come_back_the_same(page):
    source = random.Random(5)
    settings = [random_setting(source) for _ in range(1_000)]
    found = page.evaluate(
        "([data, settings]) => settings.map((it) => KitBreakEven.fromHash(data, KitBreakEven.toHash(data, it)))",
        [DATA, settings],
    )
    assert found == settings


@pytest.mark.parametrize(
    "words",
    [
        "users_per_day=-5",
        "users_per_day=1e400",
        "users_per_day=NaN",
        "users_per_day=",
        "idle=yes",
        "boundary=everything",
        "model=__proto__",
        "__proto__=1",
        "constructor=1",
        "boundary=%3Cimg%20src=x%20onerror=alert(1)%3E",
    ],
)
def test_nonsense_in_an_address_is_passed_over(page, words):
    found = page.evaluate("([data, hash]) => KitBreakEven.fromHash(data, hash)", [DATA, f"#break-even?{words}"])
    assert found == DATA["published"]


def test_a_hash_of_another_section_leaves_the_published_setting(page):
    assert page.evaluate("(data) => KitBreakEven.fromHash(data, '#claims')", DATA) == DATA["published"]


def cell(page, label, name):
    return page.locator(f"#break-even-rows tr:has(th:text-is('{label}')) [data-cell='{name}']").inner_text()


def test_the_table_shows_numbers_with_their_band_and_says_what_is_missing(page):
    assert page.locator("#break-even-rows tr").count() == 5
    assert cell(page, "BLOOMz-3B", "parity-energy").startswith("396,000,000 (")
    assert cell(page, "BLOOMz-3B", "days-energy").startswith("39.6 days (")
    assert cell(page, "BLOOMz-560M", "parity-energy") == "not measured"
    assert cell(page, "BLOOM-176B (API)", "per-download") == "-"
    page.select_option("[data-setting=boundary]", "net")
    assert cell(page, "BLOOMz-3B", "parity-energy") == "never"


def test_moving_a_control_moves_table_address_and_link(page, browser):
    page.locator("[data-setting=users_per_day]").fill("6")
    page.locator("[data-setting=serving_grid_g_per_kwh]").fill("100")
    page.locator("[data-setting=idle]").check()
    assert cell(page, "BLOOMz-3B", "days-energy").startswith("630 days")
    assert page.locator("[data-shows=users_per_day]").inner_text() == "1,000,000"
    link = page.locator("#break-even-link").evaluate("(link) => link.href")
    assert link == page.url
    assert "users_per_day=1000000&" in link
    again = browser.new_page()
    again.goto(link)
    assert again.locator("#break-even-rows").inner_html() == page.locator("#break-even-rows").inner_html()
    assert again.locator("[data-setting=idle]").is_checked()
    again.close()
    page.click("#break-even-reset")
    assert cell(page, "BLOOMz-3B", "days-energy").startswith("39.6 days")


def test_a_number_out_of_range_in_a_field_is_not_taken(page):
    before = page.locator("#break-even-rows").inner_html()
    page.locator("[data-setting=serving_grid_g_per_kwh]").fill("-3")
    page.locator("[data-setting=serving_grid_g_per_kwh]").fill("")
    assert page.locator("#break-even-rows").inner_html() == before


def test_following_a_link_within_the_page_changes_the_setting(page, address):
    page.evaluate("() => { location.hash = '#break-even?growth_per_year=-0.99&users_per_day=1000'; }")
    page.wait_for_function("document.querySelector('[data-setting=growth_per_year]').value === '-0.9'")
    assert cell(page, "BLOOMz-3B", "days-energy") == "never"
    page.evaluate("() => { location.hash = '#elsewhere'; }")
    assert cell(page, "BLOOMz-3B", "days-energy") == "never"


def test_the_chart_crosses_training_inside_its_frame(page):
    chart = page.locator("#break-even-chart")
    assert chart.locator(".band").count() == 1
    crossing, training = chart.locator(".crossing"), chart.locator(".training")
    assert crossing.get_attribute("cy") == training.get_attribute("y1")
    assert 70 < float(crossing.get_attribute("cx")) < 624
    points = [
        tuple(map(float, point.split(","))) for point in chart.locator(".inference").get_attribute("points").split()
    ]
    place = (float(crossing.get_attribute("cx")), float(crossing.get_attribute("cy")))
    before = max(point for point in points if point[0] <= place[0])
    after = min(point for point in points if point[0] > place[0])
    assert before[1] >= place[1] >= after[1]
    page.select_option("[data-setting=basis]", "carbon")
    assert "kg CO2eq" in chart.inner_html()
    page.select_option("[data-setting=model]", "bigscience/bloom")
    assert chart.locator(".band").count() == 0
    page.select_option("[data-setting=model]", "bigscience/bloomz-560m")
    assert chart.inner_html().count("<text") == 1
    assert "not measured" in html.unescape(chart.inner_html())
