"""Several people at the same moment, on PostgreSQL: one wins, the others get a sentence (K2, M10, R6, K11, N4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from funding.models import LedgerImport, LedgerLine
from projects.actions import contracts, evidence
from projects.models import Contract, Evidence
from reviews.actions import conclusions, rounds, sheets
from reviews.models import AcceptanceConclusion, Assignment
from tests import factories
from tests.funding.money_tools import make_scene
from tests.papers import pdf
from tests.projects import test_contracts
from tests.races import race
from tests.reviews import acceptance, worlds

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CROWD = 6


def test_one_new_member_claimed_by_two_projects_counts_once():
    today = timezone.localdate()
    call = factories.make_call(execution_start=today - timedelta(100), execution_end=today + timedelta(100))
    claims = []
    for number in range(CROWD):
        project = factories.make_project(factories.make_application(call, state="approved"))
        factories.make_contract(project)
        claims.append(
            evidence.add_evidence(
                project=project,
                kpi_code="member_expansion",
                title="吸纳新成员单位",
                happened_on=today - timedelta(5),
                data={"unit_name": "虚构新成员有限公司", "credit_code": factories.make_unit().credit_code},
                files=[(pdf(number), "协议.pdf", "协议")],
                by=project.leader,
            )
        )
    Evidence.objects.update(unique_key="91110108MB000001")
    jobs = [
        lambda row=row: evidence.claim_evidence(Evidence.objects.get(pk=row.pk), by=row.claimed_by) for row in claims
    ]
    assert race(jobs) == ["ok"] + ["refused"] * (CROWD - 1)
    assert Evidence.objects.filter(state="claimed").count() == 1


def test_one_file_imported_by_many_at_once_is_booked_once():
    scene = make_scene()
    day = timezone.localdate().isoformat()
    data = f"日期,凭证字号,摘要,科目,收款方,金额\n{day},记-1,产业创新活动场地租赁费,会议费,北京虚构会展有限公司,900\n"
    assert race([lambda: scene.import_file(data.encode())] * CROWD) == ["ok"] + ["refused"] * (CROWD - 1)
    assert (LedgerImport.objects.count(), LedgerLine.objects.count()) == (1, 1)


def test_a_score_that_races_with_the_end_of_its_round_is_counted_or_refused():
    for _ in range(4):
        round, people, officer = worlds.open_world(experts=3, experts_per_item=3, quorum=2)
        for expert in people[:2]:
            worlds.score(worlds.seat_of(round, expert), 80)
        late = worlds.accept(worlds.seat_of(round, people[2]))
        worlds.save(late, 60)
        results = race(
            [
                lambda late=late: sheets.submit_sheet(Assignment.objects.get(pk=late.pk), by=late.expert.user),
                lambda round=round, officer=officer: rounds.close_round(
                    type(round).objects.get(pk=round.pk), by=officer, note="一名专家未按时提交"
                ),
            ]
        )
        assert set(results) <= {"ok", "refused"}
        submitted = Assignment.objects.filter(item__round=round, state="submitted").count()
        item = round.items.get()
        assert (item.n, round.__class__.objects.get(pk=round.pk).state) == (submitted, "closed")


def test_a_conclusion_issued_by_many_orders_one_rectification():
    project = acceptance.finished_project(with_evidence=False)
    item, officer = acceptance.evaluated(project, share=50)
    project.refresh_from_db()
    draft = conclusions.draft_conclusion(
        project=project, item=item, code="rectification_required", opinion="指标未完成，责令整改。", by=officer
    )
    directors = [factories.make_user("director") for _ in range(CROWD)]
    jobs = [
        lambda by=by: conclusions.issue_conclusion(AcceptanceConclusion.objects.get(pk=draft.pk), by=by)
        for by in directors
    ]
    assert race(jobs) == ["ok"] + ["refused"] * (CROWD - 1)
    project.refresh_from_db()
    assert (project.state, project.rectifications.count()) == ("rectifying", 1)


def test_a_signed_contract_confirmed_by_many_takes_effect_once():
    project = test_contracts.make_project()
    officer = factories.make_user("officer")
    contract = test_contracts.sign(contracts.prepare_contract(project, by=officer), officer)
    directors = [factories.make_user("director") for _ in range(CROWD)]
    jobs = [
        lambda by=by: contracts.confirm_contract(Contract.objects.get(pk=contract.pk), by=by, note="核对无误")
        for by in directors
    ]
    assert race(jobs) == ["ok"] + ["refused"] * (CROWD - 1)
    project.refresh_from_db()
    assert (project.state, project.contracts.get().state) == ("running", "effective")
