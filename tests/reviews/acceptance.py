"""A project on its way through acceptance: period over, package in, indicators met, money spent."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from funding.models import Disbursement, LedgerLine
from projects.models import AcceptancePackage, Evidence
from reviews.actions import conclusions, rounds
from tests.factories import make_application, make_contract, make_expert, make_project, make_user, stored_file
from tests.reviews.worlds import score, seat_of

LINES = [("记-0001", "180000.00", "allowed"), ("记-0002", "120000.00", "allowed")]


def finished_project(*, state="final_submitted", lines=LINES, with_evidence=True):
    """A project whose period ended yesterday; `lines` are (voucher, amount, verdict) of the grant."""
    today = timezone.localdate()
    application = make_application(
        state="approved", start_on=today - timedelta(days=300), end_on=today - timedelta(days=1)
    )
    project = make_project(application, state=state)
    _pay(make_contract(project))
    AcceptancePackage.objects.create(
        project=project, work_summary="完成全部任务。\n成果已应用。", state="submitted", sha256="c" * 64
    )
    for voucher, amount, verdict in lines:
        LedgerLine.objects.create(
            project=project,
            voucher_date=today - timedelta(days=60),
            voucher_no=voucher,
            summary="产业创新活动会务",
            payee="北京虚构会展有限公司",
            amount=Decimal(amount),
            category="meeting_fee",
            verdict=verdict,
            article_item="14(2)" if verdict == "banned" else "",
            entered_by=project.leader,
        )
    if with_evidence:
        _meet_targets(project)
    return project


def _pay(contract) -> None:
    """Both instalments paid and received."""
    received = Decimal(0)
    for row in contract.instalments.all():
        received += row.amount
        Disbursement.objects.create(
            project=contract.project,
            instalment=row,
            number=row.number,
            amount=row.amount,
            contract_amount=contract.amount,
            cumulative=received,
            account_name=contract.project.lead_unit.name,
            state="received",
            ordered_by=make_user("officer"),
            approved_by=make_user("finance"),
            paid_by=make_user("finance"),
            bank_receipt=stored_file(),
            paid_on=contract.start_on,
            voucher_no=f"拨-{row.number}",
        )


def _meet_targets(project) -> None:
    """Enough verified rows for every indicator."""
    officer = make_user("officer")
    for target in project.application.kpi_targets.all():
        for number in range(int(target.target)):
            Evidence.objects.create(
                project=project,
                kpi_code=target.code,
                number=f"佐证-{project.pk}-{target.code}-{number}",
                title=f"{target.name}佐证{number + 1}",
                happened_on=project.end_on - timedelta(days=30),
                state="verified",
                claimed_by=project.leader,
                verified_by=officer,
                verified_at=timezone.now(),
            )


def evaluated(project, *, share=80, experts=3):
    """Start the evaluation, score it by experts and close the round; returns (item, officer)."""
    officer = make_user("officer")
    conclusions.start_evaluation(project=project, by=officer)
    project.refresh_from_db()
    now = timezone.now()
    round = rounds.create_round(
        call=project.call,
        kind="acceptance",
        title="验收评价",
        by=officer,
        projects=[project],
        opens_at=now,
        closes_at=now + timedelta(days=5),
        experts_per_item=experts,
        quorum=experts,
    )
    people = [make_expert() for _ in range(experts)]
    for expert in people:
        rounds.assign_expert(item=round.items.get(), expert=expert, by=officer)
    rounds.open_round(round, by=officer)
    for expert in people:
        score(seat_of(round, expert), share)
    rounds.close_round(round, by=officer)
    return round.items.get(), officer
