"""Writes of revocation cases (20): told, heard, decided by the association; dated, and once."""

from datetime import timedelta

from django.utils import timezone

from consortia import extensions
from consortia.documents import revocation_paper
from consortia.models import Qualification, Revocation
from consortia.seats import people_of
from consortia.states import QualificationStatus, RevocationState
from portal import access, documents, editions, events, notify, papers, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.measures.rectification import RevocationFacts, revocation_founded, revocation_gate
from portal.measures.workdays import date_cn
from portal.models import User


def _edition():
    """Periods are those of the newest edition: a consortium belongs to no single year."""
    return editions.edition(editions.codes()[-1])


@workflow.action
def open_revocation(*, consortium, project_number, facts, by) -> Revocation:
    """Tell a consortium that its qualification may be revoked; only after a failed rectification (20, K12)."""
    if not access.allowed(by, "consortia.open_revocation", consortium):
        raise NotAllowed("您的账号不能提出撤销资格。", article="20")
    consortium = workflow.lock(consortium)
    if not facts.strip():
        raise Invalid("请写明事实与依据。", article="20")
    records = [row for row in _records(consortium) if row["project"]["number"] == project_number]
    found = blocks(revocation_founded(_facts(consortium, records), _edition()))
    if found:
        raise Refused.from_findings(found)
    if consortium.revocations.filter(state=RevocationState.NOTIFIED).exists():
        raise Conflict("该联合体已有在办的资格撤销案。", article="20")
    case = Revocation.objects.create(
        consortium=consortium,
        project_number=project_number,
        facts=facts.strip(),
        hearing_until=timezone.localdate() + timedelta(days=_edition().periods.hearing_days),
        opened_by=by,
    )
    events.record("revocation.open", "告知拟撤销资格", case, by=by, article="20", after={"project": project_number})
    until = date_cn(case.hearing_until)
    _tell(case, f"拟撤销{consortium.name}资格", f"可在{until}（含当日）前在平台提出陈述申辩。")
    return case


def _records(consortium) -> list[dict]:
    return extensions.failed_rectifications(consortium)


def _facts(consortium, records, case=None, *, answered: bool = False) -> RevocationFacts:
    return RevocationFacts(
        today=timezone.localdate(),
        qualification=consortium.qualification_on(timezone.localdate()),
        failed_rectifications=len(records),
        hearing_notified_on=timezone.localdate(case.created_at) if case else None,
        hearing_ends_on=case.hearing_until if case else None,
        statement_received=bool(case and case.statement),
        statement_answered=answered,
    )


def _tell(case, title: str, body: str) -> None:
    people = [*people_of(case.consortium.lead_unit, "unitadmin", "leader", "supervisor")]
    notify.tell(people, title[:120], body, url=f"/revocations/{case.pk}/")


@workflow.action
def record_statement(case, *, statement, by) -> Revocation:
    """Take the consortium's statement within the hearing window; it can be completed until the window ends."""
    workflow.lock(case.consortium)
    case = workflow.lock(case)
    if not access.allowed(by, "consortia.state_view", case):
        raise NotAllowed("您的账号不能提交陈述申辩。", article="20")
    if case.state != RevocationState.NOTIFIED:
        raise Conflict(f"案件已办结（{case.get_state_display()}）。", article="20")
    if timezone.localdate() > case.hearing_until:
        raise Refused(f"陈述申辩期已于{date_cn(case.hearing_until)}届满。", article="20")
    if not statement.strip():
        raise Invalid("请填写陈述申辩意见。")
    before, case.statement = case.statement, statement.strip()
    case.save(update_fields=["statement"])
    values = {"before": {"statement": before}, "after": {"statement": case.statement}}
    events.record("revocation.statement", "提交陈述申辩", case, by=by, article="20", **values)
    people = [case.opened_by, *User.objects.with_duty("bast")]
    notify.tell(people, f"收到陈述申辩：{case.consortium}"[:120])
    return case


@workflow.action
def decide_revocation(case, *, by, note="") -> Qualification:
    """The association revokes, after the hearing window; `note` answers the statement. Returns the dated entry."""
    consortium = workflow.lock(case.consortium)
    case = workflow.lock(case)
    if case.opened_by_id == by.pk:
        raise NotAllowed("此案由您提出，须由另一人决定。", article="20")
    if case.state != RevocationState.NOTIFIED:
        raise Conflict(f"案件已办结（{case.get_state_display()}），不能重复决定。", article="20")
    records = [row for row in _records(consortium) if row["project"]["number"] == case.project_number]
    edition = _edition()
    found = blocks(revocation_gate(_facts(consortium, records, case, answered=bool(note.strip())), edition))
    if found:
        raise Refused.from_findings(found)
    workflow.move(case, "revoke", by=by, note=note, decided_by=by, decided_at=timezone.now())
    entry = Qualification.objects.create(
        consortium=consortium,
        status=QualificationStatus.REVOKED,
        since=timezone.localdate(),
        reason=f"第二十条：项目 {case.project_number} 整改不到位。{note.strip()}"[:300],
        recorded_by=by,
    )
    number = papers.next_number(edition)
    snapshot = revocation_paper(case, records[0], edition, number=number, reason=note.strip())
    documents.request_document("revocation_decision", case, snapshot, title=snapshot["official"]["title"], by=by)
    _tell(case, f"已决定撤销{consortium.name}资格", f"自{date_cn(entry.since)}起不再受理以该联合体名义的申报。")
    return entry


@workflow.action
def dismiss_revocation(case, *, by, note="") -> Revocation:
    """The association does not revoke, with the reason."""
    workflow.lock(case.consortium)
    case = workflow.lock(case)
    if case.opened_by_id == by.pk:
        raise NotAllowed("此案由您提出，须由另一人决定。", article="20")
    if not note.strip():
        raise Invalid("请填写不予撤销的理由。", article="20")
    workflow.move(case, "dismiss", by=by, note=note, decided_by=by, decided_at=timezone.now())
    _tell(case, f"不予撤销{case.consortium.name}资格", note)
    return case
