"""Photographs of the demo's main pages for docs/screenshots: which pages, as whom, how wide, and how they are taken."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from django.urls import NoReverseMatch, reverse
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from consortia.seats import people_of
from portal.models import Document, User
from portal.overview.demo.accounts import PASSWORD
from projects.models import Application, Call, Project, PublicNotice
from reviews.models import Assignment, Round

DESK, PHONE = 1440, 390
HEIGHTS = {DESK: 1800, PHONE: 1900}
COLOURS = 96
CHROMIUM = "/usr/bin/chromium"


@dataclass(frozen=True)
class Shot:
    """One photograph: file name, who looks (empty for nobody), address, width in pixels."""

    name: str
    person: str
    path: str
    width: int = DESK


def plan() -> list[Shot]:
    """The main pages of the demo year, chosen from what is in the database; pages that are not there are left out."""
    return [shot for shot in (*_public(), *_unit(), *_expert(), *_center()) if shot.path]


def _to(name: str, *args) -> str:
    if None in args:
        return ""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _step(application, name: str) -> str:
    return _to("application_step", _key(application), name)


def _key(row, name: str = "public_id"):
    return getattr(row, name) if row else None


def _public() -> Iterator[Shot]:
    call = Call.objects.filter(state="published").order_by("-closes_at").first()
    notice = PublicNotice.objects.filter(state="open").first() or PublicNotice.objects.exclude(state="draft").first()
    yield Shot("01-front-page", "", _to("public_home"))
    yield Shot("02-login", "", _to("login"))
    yield Shot("03-call", "", _to("call_detail", _key(call, "pk")))
    yield Shot("04-public-notice", "", _to("notice_detail", _key(notice)))
    yield Shot("05-public-notice-phone", "", _to("notice_detail", _key(notice)), PHONE)


def _unit() -> Iterator[Shot]:
    user = User.objects.get(username="drafter")
    draft = Application.objects.visible_to(user).filter(state="draft").order_by("-pk").first()
    projects = Project.objects.visible_to(user)
    running = projects.filter(state="running").order_by("pk").first() or projects.first()
    final = projects.exclude(state__in=["contracting", "running"]).order_by("pk").first() or running
    yield Shot("10-home-unit", "drafter", _to("home"))
    yield Shot("11-application", "drafter", _to("application", _key(draft)))
    yield Shot("12-application-kpis", "drafter", _to("application_part", _key(draft), "kpis"))
    yield Shot("13-application-budget", "drafter", _to("application_part", _key(draft), "budget"))
    yield Shot("14-application-check", "leader", _to("application_check", _key(draft)))
    yield Shot("15-application-phone", "drafter", _to("application", _key(draft)), PHONE)
    leader = draft.leader.username if draft and draft.leader else ""
    yield Shot("16-application-part", "drafter", _to("application_part", _key(draft), "rationale"))
    yield Shot("17-declaration", leader, _to("application_declare", _key(draft)) if leader else "")
    waiting = Application.objects.filter(state="unit_review").order_by("-pk").first()
    admin = next(iter(people_of(waiting.lead_unit, "unitadmin")), None) if waiting else None
    yield Shot("18-submission", admin.username if admin else "", _step(waiting, "submit") if admin else "")
    yield Shot("20-project", "leader", _to("project_detail", _key(running)))
    yield Shot("21-evidence", "leader", _to("evidence_list", _key(running)))
    yield Shot("22-ledger", "drafter", _to("ledger", _key(running)))
    yield Shot("25-budget", "drafter", _to("budget", _key(running)))
    yield Shot("23-acceptance-package", "leader", _to("package", _key(final)))
    yield Shot("24-project-phone", "leader", _to("project_detail", _key(running)), PHONE)


def _expert() -> Iterator[Shot]:
    seats = Assignment.objects.filter(expert__user__username__startswith="expert", state="accepted")
    seat = seats.filter(item__round__state="open").select_related("expert__user").order_by("pk").first()
    person = seat.expert.user.username if seat else ""
    yield Shot("30-expert-desk", "expert1", _to("review_desk"))
    yield Shot("31-score-sheet", person, _to("review_seat", _key(seat, "pk")))
    yield Shot("32-score-sheet-phone", person, _to("review_seat", _key(seat, "pk")), PHONE)


def _center() -> Iterator[Shot]:
    checked = Application.objects.filter(state="submitted").first() or Application.objects.exclude(number="").first()
    closed = Round.objects.filter(state="closed", kind="selection").first()
    report = Document.objects.filter(kind="acceptance_report", state="ready").first()
    yield Shot("40-home-center", "officer", _to("admin:index"))
    yield Shot("41-admin-applications", "officer", _to("admin:projects_application_changelist"))
    yield Shot("42-formality", "officer", _to("admin:projects_application_formality", _key(checked, "pk")))
    yield Shot("43-ranking", "officer", _to("admin:reviews_round_ranking", _key(closed, "pk")))
    yield Shot("44-ban-check-queue", "finance", _to("admin:funding_ledgerline_workbench"))
    yield Shot("45-acceptance-board", "officer", _to("admin:reviews_acceptance_board"))
    yield Shot("46-acceptance-report", "officer", _to("document", _key(report, "verification_code")))


def take(shots: list[Shot], address: str, folder: Path) -> Iterator[str]:
    """Photograph every page into `folder`; yields a line about each. RuntimeError when a page is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for person in dict.fromkeys(shot.person for shot in shots):
            for width in (DESK, PHONE):
                own = [shot for shot in shots if shot.person == person and shot.width == width]
                yield from _of_one(browser, person, width, own, address, folder)
        browser.close()


def _of_one(browser: Browser, person: str, width: int, shots, address: str, folder: Path) -> Iterator[str]:
    if not shots:
        return
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    page = context.new_page()
    if person:
        _sign_in(page, person, address)
    for shot in shots:
        answer = page.goto(urljoin(address, shot.path), wait_until="networkidle")
        if answer is None or answer.status != 200:
            raise RuntimeError(f"{shot.path} as {person or 'nobody'}: HTTP {answer and answer.status}")
        path = folder / f"{shot.name}.png"
        path.write_bytes(_small(page.screenshot(full_page=True), HEIGHTS[width]))
        yield f"{path.name}: {path.stat().st_size // 1024} KB"
    context.close()


def _sign_in(page: Page, person: str, address: str) -> None:
    page.goto(urljoin(address, reverse("login")))
    page.fill("#id_username", person)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def _small(data: bytes, height: int) -> bytes:
    """The upper part of a long page, in few colours: sharp text in a small file."""
    with Image.open(io.BytesIO(data)) as image:
        part = image.convert("RGB").crop((0, 0, image.width, min(image.height, height)))
        target = io.BytesIO()
        part.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            target, "PNG", optimize=True
        )
    return target.getvalue()
