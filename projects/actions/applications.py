"""The life of an application inside the unit: start, declare, approve, submit, withdraw (5, 7, 8(1), 20)."""

import secrets

from django.urls import reverse
from django.utils import timezone

from consortia.seats import people_of, unit_ids
from portal import access, editions, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures import completeness, direction, eligibility, targets
from portal.measures.findings import blocks, run_rules
from portal.models import User
from projects.actions import formality
from projects.actions.application_editing import EDITABLE, StaleEdit, hold
from projects.actions.application_parts import (
    add_attachment,
    remove_attachment,
    save_budget,
    save_cover,
    save_kpis,
    save_section,
    save_stages,
    save_team,
)
from projects.actions.application_versions import freeze_version
from projects.documents import applications as papers
from projects.models import (
    Application,
    ApplicationVersion,
    FundingSource,
)
from projects.queries.applicants import Applicant
from projects.queries.application_snapshots import content_digest
from projects.queries.applications import applicant_of, case_of, edition_of, findings, worded
from projects.queries.clock import database_now
from projects.queries.whole import whole_application
from projects.states import LIVE_STATES

__all__ = [
    "StaleEdit", "add_attachment", "declare", "print_draft", "print_undertaking",
    "remove_attachment", "reopen_application",
    "return_to_draft", "save_budget", "save_cover", "save_kpis", "save_section", "save_stages", "save_team",
    "send_to_unit", "start_application", "submit_application", "withdraw_application",
]  # fmt: skip

NUMBERS = 9999
_CONTENT_RULES = frozenset(
    check.__name__ for check in (*completeness.APPLICATION_RULES, *targets.TARGET_RULES, *direction.BUDGET_RULES)
)
_START_RULES = (
    eligibility.call_published,
    eligibility.lead_of_consortium,
    eligibility.qualification_valid,
    eligibility.no_open_clawback,
    eligibility.no_overdue_acceptance,
)


@workflow.action
def start_application(*, call, consortium, title: str, by) -> Application:
    """Open a draft. Refused unless the person drafts for the lead unit of a valid consortium (5(1)1, 20), while the
    call is published and not over (8(1)), and nothing of 11 and 17 stands open. The cap counts at submitting only.
    """
    if not access.allowed(by, "projects.start_application"):
        raise NotAllowed("只有单位的填报人或单位管理员可以开始申报。")
    title = " ".join((title or "").split())
    if not title or len(title) > Application._meta.get_field("title").max_length:
        raise Invalid("请填写“项目名称”，最多 30 字。")
    call.refresh_from_db()
    own = unit_ids(by, "drafter", "unitadmin")
    unit = consortium.lead_unit
    if unit.pk not in own:
        unit = next((seat.unit for seat in by.seats.select_related("unit") if seat.unit_id in own), unit)
    applicant = Applicant(call=call, consortium=consortium, unit=unit, now=database_now())
    facts = applicant.facts
    edition = edition_of(call)
    found = run_rules(_START_RULES, facts, edition)
    if facts.now >= call.closes_at:
        found += eligibility.inside_window(facts, edition)
    found += applicant.obstacles
    draft = Application(call=call, consortium=consortium, lead_unit=unit, title=title, created_by=by)
    _refuse(worded(found, draft))
    draft.field = consortium.fields[0] if len(consortium.fields) == 1 else ""
    draft.district = consortium.districts[0] if len(consortium.districts) == 1 else ""
    draft.start_on, draft.end_on = call.execution_start, call.execution_end
    draft.save()
    FundingSource.objects.create(application=draft, kind="grant", amount=call.fixed_grant)
    events.record("application.start", "开始申报", draft, by=by, article="8(1)")
    return draft


@workflow.action
def declare(application: Application, *, by) -> Application:
    """The leader himself declares that the materials are true (7(1)); any later change makes it void."""
    hold(application)
    if not access.allowed(by, "projects.declare_application", application):
        raise NotAllowed("须由项目负责人用本人账号声明，他人不能代办。", article="7(1)")
    if application.state not in (*EDITABLE, "unit_review"):
        raise Conflict(f"现在不需要声明：申报书目前的状态是“{application.get_state_display()}”。", article="7(1)")
    application.declared_by, application.declared_at = by, timezone.now()
    application.declared_digest = content_digest(application)
    application.save(update_fields=["declared_by", "declared_at", "declared_digest"])
    events.record(
        "application.declare",
        "项目负责人声明材料真实完整",
        application,
        by=by,
        article="7(1)",
        after={"digest": application.declared_digest},
    )
    return application


@workflow.action
def print_draft(application: Application, *, by):
    """A watermarked print of the working draft; returns its Document."""
    if not access.allowed(by, "projects.print_draft", application):
        raise NotAllowed("只有本单位人员可以打印草稿。")
    return papers.request_draft(whole_application(application.pk), by=by)


@workflow.action
def print_undertaking(application: Application, *, by):
    """The commitment letter with the names filled in, to be signed, sealed and scanned (7(1)); returns its Document."""
    if not access.allowed(by, "projects.print_draft", application):
        raise NotAllowed("只有本单位人员可以生成承诺书。")
    return papers.request_undertaking(whole_application(pk=application.pk), by=by)


@workflow.action
def send_to_unit(application: Application, *, by, note: str = "") -> Application:
    """Hand the draft to the unit admin."""
    hold(application)
    workflow.move(application, "send_to_unit", by=by, note=note)
    admins = people_of(application.lead_unit, "unitadmin")
    _tell(admins, "申报书待您审核提交", application)
    return application


@workflow.action
def return_to_draft(application: Application, *, by, note: str = "") -> Application:
    """Give the application back to the drafter."""
    hold(application)
    workflow.move(application, "return_to_draft", by=by, note=note)
    people = [application.created_by, application.leader, *people_of(application.lead_unit, "drafter")]
    _tell(people, "申报书已退回修改", application, note)
    return application


@workflow.action
def submit_application(application: Application, *, by, note: str = "") -> ApplicationVersion:
    """Submit: one transaction checks everything anew by the database's clock, takes a slot and freezes a version.

    Idempotent: a second call returns the version (and receipt) of the first. Raises Refused with all findings.
    """
    workflow.bar_parents(application, "lead_unit", "consortium", "call")
    if not access.allowed(by, "projects.submit_application", application):
        raise NotAllowed("只有单位管理员可以提交申报。")
    state = Application._base_manager.select_for_update().values_list("state", flat=True).get(pk=application.pk)
    if state in LIVE_STATES:
        application.refresh_from_db()
        return application.versions.defer("snapshot").first()
    current = whole_application(application.pk)
    now = database_now()
    case = case_of(current, now)
    _refuse(findings(current, case=case))
    workflow.move(
        current,
        "submit",
        by=by,
        note=note,
        slot=_free_slot(current, case.applicant.taken),
        number=current.number or _new_number(current),
        submitted_at=now,
        submitted_by=by,
    )
    version = freeze_version(current, now=now, by=by)
    formality.open_checks(current, by=None, case=case)
    _tell([current.leader, *people_of(current.lead_unit, "drafter", "unitadmin")], "申报已提交", current)
    officers = User.objects.with_duty("officer")
    notify.tell(officers, "新的申报待形式审查", str(current), url="/admin/projects/application/", mail=False)
    _bring_up(application, current)
    return version


def _bring_up(application: Application, current: Application) -> None:
    """The caller's object gets the columns of the one that was read under the lock and moved."""
    for column in Application._meta.concrete_fields:
        setattr(application, column.attname, getattr(current, column.attname))


def _free_slot(application: Application, taken: dict[int, str], refusal: str = "不能提交") -> int:
    """The first slot of the unit that is not among those `taken` (slot -> number of the application there)."""
    cap = editions.edition(application.call.edition).application_cap
    free = [slot for slot in range(1, cap + 1) if slot not in taken]
    if not free:
        raise Conflict(
            f"{refusal}：本单位的申报名额已由{'、'.join(taken.values())}用完。办法第五条（一）1 规定每个申报主体"
            f"最多申报{eligibility.count_words(cap)}个项目。",
            article="5(1)1",
            fix="可撤回其中一个后再办理。",
        )
    return free[0]


def _new_number(application: Application) -> str:
    """A free number, drawn at random so that nobody can count rivals by it (A16); the call's row is locked."""
    edition = editions.edition(application.call.edition)
    while True:
        number = edition.project_number(application.call.year, secrets.randbelow(NUMBERS) + 1)
        if not Application.objects.filter(number=number).exists():
            return number


@workflow.action
def withdraw_application(application: Application, *, by, note: str = "") -> Application:
    """Take a submitted application back; its slot is free at once, its versions stay on record."""
    workflow.lock(application.lead_unit)
    hold(application)
    workflow.move(application, "withdraw", by=by, note=note, slot=None)
    _tell([application.leader, *people_of(application.lead_unit, "drafter", "unitadmin")], "申报已撤回", application)
    return application


@workflow.action
def reopen_application(application: Application, *, by, note: str = "") -> Application:
    """Make a withdrawn application a draft again, while the unit has a slot left for it (A3); submitting counts."""
    workflow.lock(application.lead_unit)
    hold(application)
    if database_now() >= application.call.closes_at:
        raise Refused("不能恢复：申报已截止。办法第八条（一）规定须按申报通知的要求申报。", article="8(1)")
    _free_slot(application, applicant_of(application, database_now()).taken, "不能恢复")
    workflow.move(application, "reopen", by=by, note=note)
    return application


def _refuse(remarks) -> None:
    """What the unit left out or filled in wrongly is bad input (400); who, when and how many is a refusal (409)."""
    refused = blocks(remarks)
    if refused:
        kind = Invalid if all(remark.code in _CONTENT_RULES for remark in refused) else Refused
        raise kind.from_findings(refused)


def _tell(people, title: str, application: Application, note: str = "") -> None:
    body = f"{application.title}：{title}。{note}"
    notify.tell(people, title, body, url=reverse("application", args=[application.public_id]))
