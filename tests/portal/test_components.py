"""Components and kernel pages: what they say, that they escape, that links and labels hold together."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.template import Context, Template
from django.template.loader import render_to_string

from portal.templatetags import ui
from tests.portal import gallery
from tests.portal.gallery_samples import Stated

BEIJING = ZoneInfo("Asia/Shanghai")
NOON = datetime(2025, 6, 3, 12, 0, tzinfo=BEIJING)


@pytest.fixture
def site(client, settings):
    """A client of the gallery's addresses and templates."""
    settings.ROOT_URLCONF = "tests.portal.gallery"
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]}
    ]
    return client


@pytest.mark.parametrize("name", gallery.PAGES)
@pytest.mark.django_db
def test_page_is_whole_html_without_leftovers(site, name):
    html = site.get(f"/{name}/").content.decode()
    assert html.lower().startswith("<!doctype html>")
    assert not re.search(r"\{[%{]|None|Decimal\(", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 500, 503])
@pytest.mark.django_db
def test_error_page_says_nothing_was_lost_and_the_way_on(site, status):
    html = site.get(f"/error/{status}/").content.decode()
    assert re.search("没有丢失|没有受到影响|没有内容被改动", html)
    assert "返回首页" in html


@pytest.mark.django_db
def test_error_summary_links_to_controls_that_exist(site):
    html = site.get("/gallery/").content.decode()
    summary = html[html.index('id="error-summary"') : html.index("</div>", html.index('id="error-summary"'))]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert len(targets) == 9
    assert all(f'id="{target}"' in html for target in targets)


@pytest.mark.django_db
def test_every_static_file_named_by_a_page_exists(site):
    html = site.get("/gallery/").content.decode() + site.get("/sample_cockpit/").content.decode()
    named = set(re.findall(r"/static/(portal/[^\"?]+)", html))
    root = Path(ui.__file__).parent.parent / "static"
    assert named
    assert [name for name in named if not (root / name).is_file()] == []


def test_components_escape_what_a_user_typed():
    bad = "<script>alert(1)</script>"
    context = {"rows": [{"label": bad, "value": bad, "url": "/"}], "events": [{"label": bad, "note": bad, "at": NOON}]}
    context |= {"findings": [{"severity": "BLOCK", "message": bad, "fix": bad}], "name": bad, "url": "/f", "size": 1}
    for name in ("summary_list", "timeline", "finding_list", "file_row"):
        html = render_to_string(f"components/{name}.html", context)
        assert "<script>" not in html
        assert "&lt;script&gt;" in html


def test_table_region_escapes_its_label_and_keeps_the_table():
    html = Template("{% table_region label %}<table></table>{% endtable_region %}").render(Context({"label": '"><b>'}))
    assert "<table></table>" in html
    assert "<b>" not in html
    assert 'tabindex="0"' in html


def test_state_badge_has_the_word_and_a_tone():
    html = render_to_string("components/state_badge.html", {"obj": Stated("revoked", "资格已撤销")})
    assert "资格已撤销" in html
    assert "badge-danger" in html


def test_unknown_state_counts_as_in_progress():
    assert ui.tone("something_new") == "info"


def test_each_state_has_one_tone():
    listed = [state for states in ui.TONES.values() for state in states.split()]
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Decimal("1234.5"), "¥1,234.50"),
        ("-3", "-¥3.00"),
        (0, "¥0.00"),
        (None, "—"),
        ("", "—"),
        ("NaN", "—"),
        ("abc", "—"),
        ("1e30", "—"),
    ],
)
def test_money_shows_yuan_or_a_dash(amount, words):
    assert ui.money(amount) == words


def test_money_in_words_stands_beside_the_figure_on_formal_pages():
    html = render_to_string("components/money.html", {"amount": Decimal(300000), "formal": True})
    assert "¥300,000.00" in html
    assert "人民币叁拾万元整" in html


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("until", "words", "tone"),
    [
        (NOON + timedelta(days=12), "还有 12 天", "quiet"),
        (NOON + timedelta(days=3), "还有 3 天", "warn"),
        (NOON + timedelta(hours=5), "今天截止，还有 5 小时", "warn"),
        (NOON + timedelta(minutes=9), "今天截止，还有 9 分钟", "warn"),
        (NOON, "已截止", "danger"),
        (NOON - timedelta(days=2), "已过 2 天", "danger"),
        (date(2025, 6, 3), "今天截止", "warn"),
        (date(2025, 6, 2), "已过 1 天", "danger"),
        (None, "", "quiet"),
    ],
)
def test_time_left_counts_beijing_days(until, words, tone):
    assert ui.time_left(until) == words
    assert ui.deadline_tone(until) == tone


@time_machine.travel(datetime(2025, 6, 3, 23, 30, tzinfo=BEIJING), tick=False)
def test_deadline_after_midnight_is_tomorrow_though_utc_has_the_same_date():
    assert ui.days_left(datetime(2025, 6, 4, 0, 30, tzinfo=BEIJING)) == 1


def test_beijing_time_is_written_in_full():
    assert ui.beijing(datetime(2025, 6, 3, 9, 0, tzinfo=ZoneInfo("UTC"))) == "2025年6月3日 17:00（北京时间）"
    assert ui.beijing(date(2025, 6, 3)) == "2025年6月3日"


@pytest.mark.parametrize(
    ("masked", "shown"),
    [
        (ui.mask_phone("13812341234"), "138****1234"),
        (ui.mask_phone("12345"), "****45"),
        (ui.mask_phone(""), "—"),
        (ui.mask_account("6222 0212 3456 7890"), "**** 7890"),
        (ui.mask_account("12"), "****"),
    ],
)
def test_personal_numbers_are_masked(masked, shown):
    assert masked == shown


def test_kpi_bar_stays_inside_its_scale():
    geometry = ui.kpi_geometry(6, 8, 5, 20)
    assert geometry == {"floor": 30, "target": 40, "verified": 25, "claimed": 100}
    assert ui.kpi_geometry(0, 0, 0, 0) == {"floor": 0, "target": 0, "verified": 0, "claimed": 0}


@pytest.mark.django_db
def test_pagination_keeps_the_query_string(site):
    html = site.get("/gallery/?q=空天&page=2").content.decode()
    links = re.findall(r'rel="(?:prev|next)" href="([^"]+)"', html)
    assert links == ["?q=%E7%A9%BA%E5%A4%A9&amp;page=1", "?q=%E7%A9%BA%E5%A4%A9&amp;page=3"]


def test_progress_polls_only_while_work_goes_on():
    running = render_to_string(
        "components/progress.html", {"job": {"state": "rendering", "title": "报告"}, "poll_url": "/p"}
    )
    done = render_to_string("components/progress.html", {"job": {"state": "ready", "title": "报告"}, "poll_url": "/p"})
    assert 'data-hx-get="/p"' in running
    assert "hx-get" not in done


@pytest.mark.django_db
def test_title_of_the_page_does_not_leak_into_its_components(site):
    html = site.get("/sample_confirm/").content.decode()
    assert html.count("撤回申报") == 3  # title, heading, button
