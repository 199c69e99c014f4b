"""What must never break in ledger and import, one named test a row (invariants M4, M9-M11)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from funding.actions import ledger_import
from funding.actions.ledger import reverse_line
from funding.models import ImportJob, LedgerImport, LedgerLine
from funding.queries import money_summary
from funding.queries.import_rows import told
from funding.queries.ledger_import import dry_run
from portal.errors import Refused
from portal.sheets import write_xlsx
from tests.funding.money_tools import make_scene
from tests.funding.test_import import HEAD, csv, row
from tests.funding.test_pages import typed
from tests.races import race

pytestmark = pytest.mark.django_db
RACES = 50
TODAY = timezone.localdate


@pytest.fixture
def scene():
    return make_scene()


# M4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_m4_two_expenses_of_60_percent_race_for_the_rest_50_of_50():
    for number in range(RACES):
        scene = make_scene()
        share = money_summary(scene.project).available * Decimal("0.60")
        jobs = [lambda v=v, scene=scene, share=share: scene.book(f"记-{v}", str(share)) and None for v in "ab"]
        assert race(jobs) == ["ok", "refused"], number
        money = money_summary(scene.project)
        assert money.available == Decimal("84000.00")
        assert money.spent == sum(scene.project.ledger_lines.values_list("amount", flat=True))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_m4_two_files_of_60_percent_race_for_the_rest():
    for _ in range(5):
        scene = make_scene()
        files = [scene.bring(csv(row(f"记-{n}", amount="126000"))) for n in range(2)]
        assert race([lambda job=job, scene=scene: scene.settle(job).state for job in files]) == ["booked", "faulty"]
        assert money_summary(scene.project).available == Decimal("84000.00")


# M9

BAD_AMOUNTS = ["-5", "-0", "0", "0.00", "0.001", "1e9", "=100", "NaN", "Infinity", "1_000", "٣", "1,0,0", ""]


@pytest.mark.parametrize("typed_amount", BAD_AMOUNTS)
def test_m9_amount_that_is_no_positive_fen_is_refused_by_the_form(client, scene, typed_amount):
    client.force_login(scene.drafter)
    page = reverse("ledger_add", args=[scene.project.public_id])
    response = client.post(page, typed(amount=typed_amount))
    assert response.status_code in (400, 409)
    assert "金额" in response.content.decode()
    assert not LedgerLine.objects.exists()


@pytest.mark.parametrize(
    ("typed_amount", "booked"), [("１００", "100.00"), ("1,000", "1000.00"), (" 7.5 ", "7.50"), ("100元", "100.00")]
)
def test_m9_other_spellings_of_a_plain_number_are_booked_as_that_number(client, scene, typed_amount, booked):
    client.force_login(scene.drafter)
    client.post(reverse("ledger_add", args=[scene.project.public_id]), typed(amount=typed_amount))
    assert str(LedgerLine.objects.get().amount) == booked


@pytest.mark.parametrize("amount", ["-5", "-0", "0", "0.001", "1000000000"])
def test_m9_action_refuses_amounts_that_passed_no_form(scene, amount):
    with pytest.raises(Refused):
        scene.book(amount=amount)
    assert not LedgerLine.objects.exists()


@pytest.mark.parametrize("amount", ["0", "0.001", "1e9", "=100", "很多", "1.234", "99999999999999"])
def test_m9_amount_of_a_file_that_is_no_fen_is_an_error_of_its_cell(scene, amount):
    run = dry_run(scene.project, csv(row(amount=amount)), "账.csv")
    if amount == "1e9":
        # A number as Excel writes it: read exactly, and more than the grant.
        assert "超过可用余额" in run.problems[0]
    else:
        assert "amount" in run.wrong[0].errors
    assert not run.is_ready


def line_row(scene, **changes) -> LedgerLine:
    values = {
        "project": scene.project,
        "voucher_date": TODAY(),
        "voucher_no": "直-1",
        "summary": "直接写库",
        "amount": Decimal(5),
        "verdict": "allowed",
        "entered_by": scene.drafter,
    }
    return LedgerLine(**values | changes)


def test_m9_database_refuses_what_no_rule_saw(scene):
    line, other = scene.book("记-1", "10.00"), make_scene().book("记-1", "10.00")
    reversal = reverse_line(line, by=scene.drafter, reason="误记", voucher_no="冲-1", voucher_date=TODAY())
    second = scene.book("记-2", "10.00")
    attacks = {
        "zero": {"amount": Decimal("0.00")},
        "negative": {"amount": Decimal(-5)},
        "more than the original": {"amount": Decimal("-10.01"), "reverses": second},
        "positive reversal": {"amount": Decimal(10), "reverses": second},
        "twice": {"amount": Decimal(-10), "reverses": line},
        "reversal of a reversal": {"amount": Decimal(-10), "reverses": reversal},
        "other project": {"amount": Decimal(-10), "reverses": other},
        "same voucher line": {"voucher_no": "记-1"},
        "unknown source": {"source": "else"},
    }
    for changes in attacks.values():
        with pytest.raises(IntegrityError), transaction.atomic():
            line_row(scene, **changes).save()
    assert LedgerLine.objects.filter(project=scene.project).count() == 3


@pytest.mark.parametrize("voucher", ["记-1", "冲-1"])
def test_m9_line_is_reversed_once_and_a_reversal_never(scene, voucher):
    line = scene.book("记-1", "10.00")
    reverse_line(line, by=scene.drafter, reason="误记", voucher_no="冲-1", voucher_date=TODAY())
    target = LedgerLine.objects.get(voucher_no=voucher)
    with pytest.raises(Refused):
        reverse_line(target, by=scene.drafter, reason="再来一次", voucher_no="冲-2", voucher_date=TODAY())
    money = money_summary(scene.project)
    assert (money.spent, money.available) == (Decimal("0.00"), Decimal("210000.00"))


def test_m9_line_of_another_project_is_not_reversed_through_ones_own(client, scene):
    other = make_scene().book("记-1", "10.00")
    client.force_login(scene.drafter)
    data = {"voucher_date": TODAY().isoformat(), "voucher_no": "冲-1", "reason": "误记"}
    page = reverse("ledger_reverse", args=[scene.project.public_id, other.pk])
    assert client.post(page, data).status_code == 404
    assert LedgerLine.objects.count() == 1


def test_m9_red_entries_of_a_file_create_no_spendable_money(scene):
    scene.book("记-0", "77.00")
    data = csv(
        row(amount="209900"), row("红-1", "冲销", "-77"), row("红-2", "冲销", "-77"), row("红-3", "冲销", "-999999")
    )
    scene.import_file(data)
    money = money_summary(scene.project)
    assert money.available == Decimal("100.00")
    assert LedgerLine.objects.filter(reverses__isnull=False).count() == 1


# M10


def test_m10_same_file_resaved_file_and_reordered_rows_book_nothing_twice(scene):
    rows = [row(), row("记-2"), row("记-2", "专家评审费")]
    scene.import_file(csv(*rows))
    tries = {
        "same bytes": (csv(*rows), "账.csv"),
        "other encoding": (csv(*rows, encoding="gbk"), "账.csv"),
        "reordered": (csv(*rows[::-1]), "账.csv"),
        "as workbook": (write_xlsx({"账": (HEAD, rows)}), "账.xlsx"),
        "one new row among old ones": (csv(*rows, row("记-3")), "账.csv"),
    }
    for name, (data, file) in tries.items():
        job = scene.bring(data, file)
        assert job.state == "faulty", name
        words = [*job.problems, *(text for line in job.standing_rows for text in told(line.errors))]
        assert any("不能重复导入" in text or "已入账" in text for text in words), name
    assert (LedgerLine.objects.count(), LedgerImport.objects.count()) == (3, 1)


def test_m10_confirmation_pressed_twice_books_once(scene, client):
    job = scene.bring(csv(row()))
    client.force_login(scene.drafter)
    page = reverse("ledger_import", args=[scene.project.public_id, job.pk])
    for _ in range(2):
        client.post(page, {"confirm": "1"})
    assert LedgerLine.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_m10_two_officers_confirm_one_job_and_the_same_rows_at_once():
    for _ in range(10):
        scene = make_scene()
        job = scene.bring(csv(row(), row("记-2")))
        jobs = [lambda by=by, job=job, scene=scene: confirm(job, by) for by in (scene.drafter, scene.unitadmin)]
        assert race(jobs) == ["ok", "refused"]
        assert scene.project.ledger_lines.count() == 2
        other = make_scene()
        files = [csv(row(), row("记-2")), csv(row("记-2"), row())]
        pair = [other.bring(data) for data in files]
        assert race([lambda job=job, other=other: other.settle(job).state for job in pair]) == ["booked", "faulty"]
        assert other.project.ledger_lines.count() == 2


def confirm(job, by) -> None:
    same = ImportJob.objects.get(pk=job.pk)
    ledger_import.confirm_import(same, by=by)
    ledger_import.work(job.pk)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_m10_a_message_that_comes_twice_is_worked_once():
    for _ in range(10):
        scene = make_scene()
        job = scene.bring(csv(*[row(f"记-{n}", amount="1") for n in range(40)]))
        ledger_import.confirm_import(job, by=scene.drafter)
        assert race([lambda job=job: ledger_import.work(job.pk)] * 3) == ["ok"] * 3
        job.refresh_from_db()
        while job.state == "booking":  # the newest claim was refused the lock of an older one: the sweeper's turn
            ledger_import.work(job.pk)
            job.refresh_from_db()
        assert (job.state, scene.project.ledger_lines.count()) == ("booked", 40)


# M11


def test_m11_columns_that_name_rows_or_projects_have_no_effect(scene):
    other = make_scene()
    line = other.book("记-9", "10.00")
    head = ["id", "project", "项目", "project_id", "verdict", "reverses", *HEAD]
    cells = [line.pk, other.project.pk, other.project.number, other.project.pk, "allowed", line.pk]
    job = scene.bring(csv([*cells, *row("记-1", "支付罚款")], head=head))
    assert scene.settle(job).state == "booked"
    booked = LedgerLine.objects.exclude(pk=line.pk).get()
    assert (booked.project, booked.reverses, booked.verdict) == (scene.project, None, "banned")
    assert LedgerLine.objects.get(pk=line.pk).summary == line.summary


def test_m11_job_of_another_project_is_not_there_through_ones_own(client, scene):
    job = make_scene().bring(csv(row()))
    client.force_login(scene.drafter)
    for name in ("ledger_import", "ledger_import_progress", "ledger_import_errors"):
        assert client.get(reverse(name, args=[scene.project.public_id, job.pk])).status_code == 404
    page = reverse("ledger_import", args=[scene.project.public_id, job.pk])
    assert client.post(page, {"confirm": "1"}).status_code == 404
    assert not LedgerLine.objects.exists()
