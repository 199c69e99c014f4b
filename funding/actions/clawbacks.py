"""Writes of clawback cases (17): open, notify, hear, decide by another person, repay, close."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from consortia.seats import people_of
from funding.documents.clawbacks import clawback_decision, clawback_notice
from funding.models import Clawback, ClawbackFile, ClawbackLine, LedgerLine, Repayment, RepaymentDue
from funding.queries.clawbacks import claimable_lines, clawback_facts, outstanding_of
from funding.states import ClawbackState
from portal import access, documents, events, files, notify, papers, workflow
from portal.editions import edition
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.measures.rmb import format_money
from portal.measures.sanctions import clawback_gate, clawback_opening
from portal.measures.workdays import date_cn
from portal.models import User
from projects.states import ProjectState

EVIDENCE_FORMATS = ("pdf", "png", "jpg", "jpeg", "xlsx", "docx")
REPAY_DAYS = 30  # the measures leave it open
_NO_CASE = frozenset({ProjectState.CONTRACTING, ProjectState.CLOSED})


@workflow.action
def open_clawback(*, project, ground, facts, lines, by, amount=None) -> Clawback:
    """Open a case on one of the seven grounds (1-7 or "17(5)"); `amount` in 元, default the sum of the ledger lines.

    `lines` are LedgerLines of the project, each in one live case only; the amount stays within net paid.
    """
    project = workflow.lock(project)
    if not access.allowed(by, "funding.manage_clawback", project):
        raise NotAllowed("您的账号不能办理资金追回。", article="17")
    if project.state in _NO_CASE:
        raise Refused(f"项目目前为“{project.get_state_display()}”，不能追回资金。", article="17")
    code = ground if isinstance(ground, str) and ground.startswith("17(") else f"17({ground})"
    lines = _own_lines(project, lines)
    amount = sum((line.amount for line in lines), Decimal("0.00")) if amount is None else amount
    checked = clawback_facts(project, ground=code, facts=facts, amount=amount, lines=lines)
    if found := blocks(clawback_opening(checked, edition(project.call.edition))):
        raise Refused.from_findings(found)
    case = Clawback.objects.create(
        project=project,
        number=f"{project.number}-追{project.clawbacks.count() + 1}"[:40],
        ground=int(code[3:-1]),
        facts=facts.strip(),
        amount=amount,
        net_paid=checked.paid_total - checked.returned_total,
        opened_by=by,
    )
    ClawbackLine.objects.bulk_create(ClawbackLine(clawback=case, line=line, amount=line.amount) for line in lines)
    after = {"ground": code, "amount": amount, "lines": [line.pk for line in lines]}
    events.record("clawback.open", "立案追回", case, by=by, article=code, after=after)
    return case


def _own_lines(project, lines) -> list[LedgerLine]:
    wanted = {line.pk for line in lines}
    taken = set(ClawbackLine.objects.filter(line__in=wanted, active=True).values_list("line", flat=True))
    found = list(LedgerLine.objects.filter(pk__in=taken)) + list(claimable_lines(project).filter(pk__in=wanted))
    if len(found) != len(wanted):
        raise Refused("所选凭证须为本项目未冲销的财政专项支出，请重新选择。", article="17")
    return found


@workflow.action
def add_clawback_file(clawback, *, file, note, by) -> ClawbackFile:
    """Evidence by the officer until the decision, or by the unit within its window; `file` is (bytes, name)."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    is_center = access.allowed(by, "funding.manage_clawback", case)
    if not is_center and not access.allowed(by, "funding.reply_clawback", case):
        raise NotAllowed("您的账号不能向该案提交证据。", article="17")
    open_states = (ClawbackState.DRAFT, ClawbackState.NOTIFIED) if is_center else (ClawbackState.NOTIFIED,)
    if case.state not in open_states:
        raise Conflict(f"该案目前为“{case.get_state_display()}”，不能再提交证据。", article="17")
    if not is_center and case.reply_due_on and timezone.localdate() > case.reply_due_on:
        raise Refused(f"陈述期限（{date_cn(case.reply_due_on)}）已过。", article="17")
    if not 2 <= len(note.strip()) <= 200:
        raise Invalid("请写明文件证明什么（2 至 200 个字）。")
    stored = files.store(file[0], file[1], by=by, formats=EVIDENCE_FORMATS)
    if case.files.filter(file__sha256=stored.sha256).exists():
        raise Conflict("这个文件已经提交过。", article="17")
    side = "center" if is_center else "unit"
    row = ClawbackFile.objects.create(clawback=case, file=stored, side=side, note=note.strip(), by=by)
    after = {"sha256": stored.sha256, "name": stored.name, "side": side}
    events.record("clawback.evidence", "提交追回案证据", case, by=by, note=row.note, article="17", after=after)
    return row


@workflow.action
def plan_repayment(clawback, *, parts, by) -> list[RepaymentDue]:
    """Lay down once how the money comes back: `parts` are (day, amount in 元), together exactly the amount decided."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    if not access.allowed(by, "funding.manage_clawback", case):
        raise NotAllowed("您的账号不能办理资金追回。", article="17")
    if case.state != ClawbackState.DECIDED or case.plan.exists():
        raise Conflict("作出决定后可以登记一次分期缴款计划，登记后不能修改。", article="17")
    days = [day for day, _ in parts]
    if not 2 <= len(parts) <= 12 or days != sorted(set(days)) or days[0] <= timezone.localdate():
        raise Invalid("请填写 2 至 12 期，日期从明天起、由早到晚。", article="17")
    total = sum((amount for _, amount in parts), Decimal("0.00"))
    if any(amount <= 0 for _, amount in parts) or total != case.amount:
        raise Invalid(
            f"各期金额须为正数，合计须等于应追回的 {format_money(case.amount)}，现为 {format_money(total)}。",
            article="17",
        )
    rows = RepaymentDue.objects.bulk_create(
        RepaymentDue(clawback=case, number=number, due_on=day, amount=amount)
        for number, (day, amount) in enumerate(parts, start=1)
    )
    Clawback.objects.filter(pk=case.pk).update(repay_due_on=days[-1])
    after = {"parts": [[day.isoformat(), str(amount)] for day, amount in parts]}
    events.record("clawback.plan", "登记分期缴款计划", case, by=by, article="17", after=after)
    _tell_unit(case, "分期缴款计划已登记", f"共 {len(parts)} 期，首期 {date_cn(days[0])} {format_money(parts[0][1])}。")
    return rows


@workflow.action
def notify_clawback(clawback, *, by, note="") -> Clawback:
    """Tell the unit what is to be taken back and until when it may answer, with a notice in the official form."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    year = edition(case.project.call.edition)
    if found := blocks(clawback_opening(_facts(case), year)):
        raise Refused.from_findings(found)
    due = timezone.localdate() + timedelta(days=year.periods.reply_days)
    workflow.move(case, "notify", by=by, note=note, reply_due_on=due)
    snapshot = clawback_notice(case, number=papers.next_number(year))
    documents.request_document("clawback_notice", case, snapshot, title="关于拟追回项目资金的告知书", by=by)
    _tell_unit(case, "收到资金追回告知书", f"请于 {date_cn(due)} 前提交陈述意见。")
    return case


def _facts(case):
    lines = [row.line for row in case.lines.select_related("line")]
    return clawback_facts(
        case.project, ground=case.ground_code, facts=case.facts, amount=case.amount, lines=lines, own=case
    )


@workflow.action
def reply_clawback(clawback, *, text, by) -> Clawback:
    """The unit states its view; it may be replaced until the window ends or the case is decided."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    if not access.allowed(by, "funding.reply_clawback", case):
        raise NotAllowed("只有牵头单位管理员或项目负责人可以提交陈述意见。", article="17")
    if case.state != ClawbackState.NOTIFIED:
        raise Conflict(f"该案目前为“{case.get_state_display()}”，不能再提交陈述意见。", article="17")
    if case.reply_due_on and timezone.localdate() > case.reply_due_on:
        raise Refused(f"陈述期限（{date_cn(case.reply_due_on)}）已过。", article="17")
    if not 10 <= len(text.strip()) <= 5000:
        raise Invalid("陈述意见请写 10 至 5000 个字。")
    Clawback.objects.filter(pk=case.pk).update(reply=text.strip())
    case.reply = text.strip()
    events.record("clawback.reply", "提交陈述意见", case, by=by, note=text, article="17")
    people = [case.opened_by, *User.objects.with_duty("director")]
    notify.tell(people, f"单位已陈述：{case.number}", url=f"/admin/funding/clawback/{case.pk}/change/")
    return case


@workflow.action
def decide_clawback(clawback, *, by, note) -> Clawback:
    """The director, who did not open the case, decides after the unit was heard; the decision is a document."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    if case.opened_by_id == by.pk:
        raise NotAllowed("该案由您立案，须由另一人作出决定。", article="17")
    if not note.strip():
        raise Invalid("请填写决定理由。")
    year = edition(case.project.call.edition)
    if found := blocks(clawback_gate(_facts(case), year)):
        raise Refused.from_findings(found)
    changes = {
        "decided_by": by,
        "decided_at": timezone.now(),
        "decision_note": note.strip(),
        "repay_due_on": timezone.localdate() + timedelta(days=REPAY_DAYS),
    }
    workflow.move(case, "decide", by=by, note=note, **changes)
    snapshot = clawback_decision(case, number=papers.next_number(year))
    documents.request_document("clawback_decision", case, snapshot, title="关于追回项目资金的决定", by=by)
    amount, due = format_money(case.amount), date_cn(case.repay_due_on)
    _tell_unit(case, "收到资金追回决定", f"请于 {due} 前缴回 {amount}。")
    return case


@workflow.action
def dismiss_clawback(clawback, *, by, note="") -> Clawback:
    """End a case without taking money back; its lines are free again."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    if not note.strip():
        raise Invalid("请填写不予追回的理由。")
    was_notified = case.state == ClawbackState.NOTIFIED
    changes = {"decided_by": by, "decided_at": timezone.now(), "decision_note": note.strip()}
    workflow.move(case, "dismiss", by=by, note=note, **changes)
    case.lines.update(active=False)
    if was_notified:
        _tell_unit(case, "资金追回案已了结", "经核实，不予追回。")
    return case


@workflow.action
def record_repayment(*, clawback, amount, received_on, voucher_no, by) -> Repayment:
    """Finance records money that came back; `amount` in 元, never more than is owed."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    if not access.allowed(by, "funding.record_repayment", case):
        raise NotAllowed("您的账号不能登记追回到账。", article="17")
    if case.state != ClawbackState.DECIDED:
        raise Conflict(f"该案目前为“{case.get_state_display()}”，作出决定后才能登记到账。", article="17")
    owed, voucher_no = outstanding_of(case), voucher_no.strip()
    if not 0 < amount <= owed:
        raise Invalid(f"到账金额须大于 0 且不超过尚欠的 {format_money(owed)}。", article="17")
    if received_on > timezone.localdate():
        raise Invalid("到账日期晚于今天，请核对日期。")
    if not voucher_no or case.repayments.filter(voucher_no=voucher_no).exists():
        raise Conflict("凭证号没有填写，或已登记过，请核对。", article="17")
    repayment = Repayment.objects.create(
        clawback=case, amount=amount, received_on=received_on, voucher_no=voucher_no[:40], recorded_by=by
    )
    after = {"amount": amount, "voucher_no": voucher_no}
    events.record("clawback.repay", "登记追回到账", case, by=by, article="17", after=after)
    if amount == owed:
        title = f"已缴清，可以结案：{case.number}"
        notify.tell([case.opened_by], title, url=f"/admin/funding/clawback/{case.pk}/change/")
    return repayment


@workflow.action
def close_clawback(clawback, *, by, note="") -> Clawback:
    """Close a case that is repaid in full."""
    workflow.lock(clawback.project)
    case = workflow.lock(clawback)
    owed = outstanding_of(case)
    if case.state == ClawbackState.DECIDED and owed > 0:
        raise Refused(f"尚欠 {format_money(owed)}，缴清后才能结案。", article="17")
    workflow.move(case, "close", by=by, note=note)
    _tell_unit(case, "资金追回案已结案", "应追回款项已缴清。")
    return case


def _tell_unit(case, title: str, body: str) -> None:
    project = case.project
    people = [*people_of(project.lead_unit, "unitadmin", "drafter"), project.leader]
    notify.tell(people, f"{title}：{project.title}", body, url=f"/projects/{project.public_id}/clawbacks/{case.pk}/")
