"""Writes of the ledger (14, 15): book a line, reverse it, decide it, check it again. Lines are never edited."""

from django.db import IntegrityError, transaction

from consortia.seats import people_of
from funding.models import BanDecision, BanFinding, LedgerLine
from funding.queries.ledger import booking_findings
from funding.queries.spending import Booking, check_booking, check_lines, evidence_rows
from funding.states import Verdict
from portal import access, events, files, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.findings import blocks
from portal.measures.normalise import normalise
from portal.models import User
from projects.states import ProjectState

ATTACHMENT_FORMATS = ("pdf", "png", "jpg", "jpeg", "xlsx", "docx")
DECIDED = {
    "allowed": "支出认定为可列支",
    "banned": "支出认定为禁列",
    "needs-review": "请补充说明支出情况",
}
OPEN_STATES = frozenset({ProjectState.RUNNING, ProjectState.RECTIFYING, ProjectState.SUSPENDED})
ITEMS = tuple(f"14({n})" for n in range(1, 7)) + tuple(f"17({n})" for n in range(1, 8)) + ("17(5)(7)",)


@workflow.action
def add_line(
    *,
    project,
    by,
    voucher_date,
    voucher_no,
    summary,
    account,
    payee,
    amount,
    source="grant",
    category="",
    direction="",
    invoice_no="",
    attachment=None,
    line_no=None,
) -> LedgerLine:
    """Book one expense with its ban check; `amount` in 元 > 0, `attachment` (bytes, name) or a StoredFile or None.

    Refused outside the contract period, above the grant left (M4), for a voucher line that is booked already.
    """
    project = workflow.lock(project)
    may_keep(project, by)
    texts = [value.strip() for value in (voucher_no, summary, account, payee, invoice_no)]
    booking = Booking(voucher_date, texts[0], line_no or 1, *texts[1:4], amount, source, category, direction, texts[4])
    if found := blocks(booking_findings(project, booking)):
        raise Refused.from_findings(found)
    if isinstance(attachment, tuple):
        attachment = files.store(attachment[0], attachment[1], by=by, formats=ATTACHMENT_FORMATS)
    verdict, lexicon = check_booking(project, booking, attachment=attachment)
    line = _store(project, booking, verdict, lexicon, by=by, attachment=attachment)
    after = {"amount": amount, "verdict": line.verdict}
    events.record("ledger.add", "登记支出", line, by=by, article="15", after=after)
    if line.verdict != Verdict.ALLOWED:
        _tell_finance(project, f"明细账有一笔{line.get_verdict_display()}支出：{project.number}", verdict.reason)
    return line


def may_keep(project, by) -> None:
    """Refuse who does not keep the ledger of the project, and a project whose ledger is closed for good."""
    if not access.allowed(by, "funding.keep_ledger", project):
        raise NotAllowed("您的账号不能登记该项目的明细账。", article="15")
    if project.state not in OPEN_STATES:
        raise Refused(
            f"项目目前为“{project.get_state_display()}”，不能登记明细账。办法第十六条要求经费在执行期内使用。",
            article="16",
        )


def _store(project, booking, verdict, lexicon, *, by, **extra) -> LedgerLine:
    try:
        with transaction.atomic():
            line = LedgerLine.objects.create(
                project=project,
                verdict=verdict.verdict,
                article_item=verdict.article_item,
                entered_by=by,
                **{name: getattr(booking, name) for name in booking.__dataclass_fields__},
                **extra,
            )
    except IntegrityError as error:
        raise Conflict(
            f"凭证 {booking.voucher_no} 第 {booking.line_no} 行已登记。同一凭证的另一分录请填写不同的分录行号。",
            article="15",
        ) from error
    _find(line, verdict, lexicon)
    return line


def _find(line, verdict, lexicon) -> None:
    BanFinding.objects.create(
        line=line,
        lexicon=lexicon[:40],
        verdict=verdict.verdict,
        article_item=verdict.article_item,
        evidence=evidence_rows(verdict),
        reason=verdict.reason,
    )


@workflow.action
def reverse_line(line, *, by, reason, voucher_no, voucher_date) -> LedgerLine:
    """Cancel a line by an entry of the negative amount; once, and not while a clawback claims the line."""
    project = workflow.lock(line.project)
    line = workflow.lock(line)
    may_keep(project, by)
    if not reason.strip():
        raise Invalid("请填写冲销原因。")
    if line.clawback_lines.filter(active=True).exists():
        raise Refused("该凭证已列入资金追回案，不能冲销。", article="17")
    booking = Booking(
        voucher_date,
        voucher_no.strip(),
        1,
        f"冲销{line.voucher_no}：{reason.strip()}"[:200],
        line.account,
        line.payee,
        -line.amount,
        line.source,
        line.category,
        line.direction,
        line.invoice_no,
    )
    if found := blocks(booking_findings(project, booking, original=line)):
        raise Refused.from_findings(found)
    if LedgerLine.objects.filter(reverses=line).exists():
        raise Conflict("该凭证已冲销，不能重复冲销。", article="15")
    verdict, lexicon = check_booking(project, booking)
    verdict = type(verdict)("allowed", "", (), f"冲销凭证{line.voucher_no}，净额为零。")
    reversal = _store(project, booking, verdict, lexicon, by=by, reverses=line)
    after = {"amount": reversal.amount, "reverses": line.pk}
    events.record("ledger.reverse", "冲销", reversal, by=by, note=reason, article="15", after=after)
    return reversal


@workflow.action
def decide_line(line, *, verdict, article_item, reason, by) -> BanDecision:
    """A person's decision about a line: overrides the check's proposal, with a reason, kept for ever."""
    project = workflow.lock(line.project)
    line = workflow.lock(line)
    if not access.allowed(by, "funding.decide_line", line):
        raise NotAllowed("您的账号不能认定支出是否可列支。", article="14")
    if verdict not in Verdict.values:
        raise Invalid("请选择“可列支”“禁列”或“请单位补充说明”。")
    if len(reason.strip()) < 4:
        raise Invalid("请写明认定理由（不少于 4 个字）。")
    if verdict == Verdict.BANNED and article_item not in ITEMS:
        raise Invalid("认定为禁列须指明条款，例如 14(2)。", article="14")
    if LedgerLine.objects.filter(reverses=line).exists() or line.reverses_id:
        raise Refused("该凭证已冲销，净额为零，不需要认定。", article="14")
    if line.clawback_lines.filter(active=True).exists() and verdict != Verdict.BANNED:
        raise Refused("该凭证已列入资金追回案，须先了结追回案。", article="17")
    # A question to the unit leaves the clause in doubt as it is.
    item = {Verdict.BANNED: article_item, Verdict.NEEDS_REVIEW: line.article_item}.get(verdict, "")
    decision = BanDecision.objects.create(
        line=line, verdict=verdict, article_item=item, reason=reason.strip(), decided_by=by, **_as_found(line)
    )
    before = {"verdict": line.verdict, "article_item": line.article_item}
    LedgerLine.objects.filter(pk=line.pk).update(verdict=verdict, article_item=item)
    line.verdict, line.article_item = verdict, item
    after = {"verdict": verdict, "article_item": item}
    events.record("ledger.decide", "认定支出", line, by=by, note=reason, article="14", before=before, after=after)
    people = [*people_of(project.lead_unit, "drafter", "unitadmin"), project.leader]
    title = f"{DECIDED[verdict]}：{line.voucher_no}"
    notify.tell(people, title, reason, url=f"/projects/{project.public_id}/ledger/lines/{line.pk}/")
    return decision


def _as_found(line) -> dict[str, str]:
    """What the check had said of the line, and the keys by which a similar line finds the decision."""
    finding = line.findings.order_by("-id").first()
    keys = {"payee_key": normalise(line.payee)[:240], "summary_key": normalise(line.summary)[:400]}
    if finding is None:
        return keys
    entry = finding.evidence[0]["entry"] if finding.evidence else ""
    return keys | {"proposed": finding.verdict, "proposed_item": finding.article_item, "entry": entry[:60]}


@workflow.action
def decide_lines(*, lines, verdict, article_item, reason, by, seen=None, dry_run=False) -> list[BanDecision]:
    """One decision with one reason for several lines; all or none; `dry_run` takes everything back.

    `seen` is how many decisions on them the person had before his eyes; one made meanwhile is not passed over unread.
    """
    for project in {line.project_id: line.project for line in lines}.values():
        workflow.lock(project)
    if seen is not None and seen != BanDecision.objects.filter(line__in=lines).count():
        raise Conflict(
            "没有认定：打开本页之后，所选凭证已有新的认定。请先查看该认定，确需改变的再作认定。", article="14"
        )
    decisions = [
        decide_line(line, verdict=verdict, article_item=article_item, reason=reason, by=by)
        for line in sorted(lines, key=lambda line: (line.project_id, line.pk))
    ]
    if dry_run:
        transaction.set_rollback(True)
    return decisions


@workflow.action
def recheck_project(project, *, by) -> int:
    """Run the check again with the lexicon in force; old findings stay, human decisions win. Returns changed lines."""
    project = workflow.lock(project)
    if not access.allowed(by, "funding.recheck_ledger", project):
        raise NotAllowed("您的账号不能重新核查明细账。", article="14")
    rows = project.ledger_lines.filter(reverses__isnull=True).select_related("attachment")
    lines = list(rows.order_by("voucher_date", "id"))
    decided = set(BanDecision.objects.filter(line__in=lines).values_list("line", flat=True))
    verdicts, lexicon = check_lines(project, lines)
    changed = 0
    for line, verdict in zip(lines, verdicts, strict=True):
        _find(line, verdict, lexicon)
        if line.pk not in decided and (line.verdict, line.article_item) != (verdict.verdict, verdict.article_item):
            row = LedgerLine.objects.filter(pk=line.pk)
            changed += row.update(verdict=verdict.verdict, article_item=verdict.article_item)
    after = {"lines": len(lines), "changed": changed, "lexicon": lexicon}
    events.record("ledger.recheck", "重新核查明细账", project, by=by, article="14", after=after)
    return changed


def _tell_finance(project, title: str, body: str) -> None:
    finance = User.objects.with_duty("finance")
    url = f"/admin/funding/ledgerline/?project__id__exact={project.pk}&verdict__exact=needs-review"
    notify.tell(finance, title, body, url=url, key=f"ledger:{project.pk}:{title}"[:120], mail=False)
