"""Import jobs: progress, retries after a killed worker, memory of columns, preview by pages (F3, M10)."""

import sys
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from funding.actions import import_booking, ledger_import
from funding.models import BanFinding, HeaderMapping, ImportJob, ImportRow, LedgerLine
from funding.tasks import sweep_imports
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import Notification, StoredFile
from tests import factories
from tests.funding.money_tools import make_scene
from tests.funding.test_import import csv, row

pytestmark = pytest.mark.django_db
NAMELESS = ["a", "b", "c", "d", "e", "f"]
COLUMNS = {"spent_on": 0, "voucher": 1, "summary": 2, "account": 3, "payee": 4, "amount": 5}


@pytest.fixture
def scene():
    return make_scene()


def nameless(voucher: str = "记-1") -> bytes:
    cells = [timezone.localdate().isoformat(), voucher, "专家评审费", "劳务费", "外部专家", "9"]
    return csv(cells, head=NAMELESS)


def url(job: ImportJob, name: str = "ledger_import") -> str:
    return reverse(name, args=[job.project.public_id, job.pk])


def large(monkeypatch) -> None:
    """Every file counts as one for the worker, and no message arrives."""
    monkeypatch.setattr(ledger_import, "INLINE_BYTES", 0)
    monkeypatch.setattr(ledger_import.documents, "send_task", lambda *args, **options: True)


def upload(scene, data: bytes) -> ImportJob:
    return ledger_import.upload_ledger(project=scene.project, data=data, name="账.csv", by=scene.drafter)


def test_large_file_waits_for_the_worker_and_the_page_asks_by_itself(scene, client, monkeypatch):
    large(monkeypatch)
    job = upload(scene, csv(row()))
    client.force_login(scene.drafter)
    text = client.get(url(job)).content.decode()
    assert f'data-hx-get="{url(job, "ledger_import_progress")}"' in text
    assert f'href="{url(job)}">刷新进度' in text
    assert "排队中" in client.get(url(job, "ledger_import_progress")).content.decode()
    ledger_import.work(job.pk)
    assert client.get(url(job, "ledger_import_progress"))["HX-Refresh"] == "true"
    assert "确认导入 1 行" in client.get(url(job)).content.decode()
    assert Notification.objects.filter(user=scene.drafter, title__contains="核对完成").count() == 1


def test_progress_grows_while_rows_are_read_and_stored(scene, monkeypatch):
    seen = []
    monkeypatch.setattr("funding.queries.ledger_import._PROGRESS_EVERY", 2)
    monkeypatch.setattr(ledger_import, "_BATCH", 4)
    original = ledger_import._progress
    monkeypatch.setattr(ledger_import, "_progress", lambda job, percent: (seen.append(percent), original(job, percent)))
    scene.bring(csv(*[row(f"记-{n}", amount="1") for n in range(12)]))
    assert seen == sorted(seen)
    assert len(seen) > 8
    assert max(seen) <= 99


def test_check_of_a_killed_worker_is_done_again_without_leftovers(scene, monkeypatch):
    large(monkeypatch)
    job = upload(scene, csv(row(), row("记-2")))
    monkeypatch.setattr(ledger_import, "basis_of", lambda *args: sys.exit())
    with pytest.raises(SystemExit):
        ledger_import.work(job.pk)
    job.refresh_from_db()
    assert (job.state, ImportRow.objects.count()) == ("checking", 2)
    assert not ledger_import.stuck().exists()
    monkeypatch.undo()
    ImportJob.objects.update(touched_at=timezone.now() - timedelta(minutes=4))
    assert sweep_imports() == 1
    job.refresh_from_db()
    assert (job.state, ImportRow.objects.count(), job.standing_rows.count()) == ("ready", 2, 2)


def test_worker_that_was_overtaken_changes_nothing(scene, monkeypatch):
    large(monkeypatch)
    job = upload(scene, csv(row()))
    original = ledger_import._stage

    def stage(*args):
        ImportJob.objects.update(claim=99)  # another worker took it
        original(*args)

    monkeypatch.setattr(ledger_import, "_stage", stage)
    ledger_import.work(job.pk)
    job.refresh_from_db()
    assert job.state == "checking"
    monkeypatch.undo()
    ledger_import.work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.staged, job.rows.count()) == ("ready", 100, 1)


def test_booking_of_a_killed_worker_leaves_nothing_half_and_is_done_again(scene, monkeypatch):
    job = scene.bring(csv(row(), row("记-2")))
    ledger_import.confirm_import(job, by=scene.drafter)
    whole = import_booking.book_rows
    monkeypatch.setattr(ledger_import, "book_rows", lambda *args: (whole(*args), sys.exit()))
    with pytest.raises(SystemExit):
        ledger_import.work(job.pk)
    job.refresh_from_db()
    assert (job.state, LedgerLine.objects.count(), BanFinding.objects.count()) == ("booking", 0, 0)
    monkeypatch.undo()
    ledger_import.work(job.pk)
    job.refresh_from_db()
    assert (job.state, LedgerLine.objects.count(), BanFinding.objects.count()) == ("booked", 2, 2)
    assert not ImportRow.objects.exists()


def test_work_that_breaks_three_times_fails_with_a_sentence_and_can_be_tried_again(scene, client, monkeypatch):
    large(monkeypatch)
    job = upload(scene, csv(row()))
    monkeypatch.setattr(ledger_import, "dry_run", lambda *args: sys.exit())
    for _ in range(3):
        with pytest.raises(SystemExit):
            ledger_import.work(job.pk)
    ledger_import.work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", ledger_import.BROKEN)
    monkeypatch.undo()
    client.force_login(scene.drafter)
    assert "重新核对这个文件" in client.get(url(job)).content.decode()
    assert "确认导入 1 行" in client.post(url(job), {"retry": "1"}, follow=True).content.decode()


def test_books_that_changed_after_the_dry_run_are_judged_again_not_booked(scene):
    job = scene.bring(csv(row(amount="209500")))
    scene.book("记-77", "600.00")
    job = scene.settle(job)
    assert job.state == "faulty"
    assert "超过可用余额" in job.problems[0]
    assert LedgerLine.objects.count() == 1


def test_unchanged_books_are_booked_as_seen_and_harmless_changes_ask_again(scene):
    job = scene.bring(csv(row()))
    scene.book("记-77", "600.00")
    assert scene.settle(job).state == "ready"
    job.refresh_from_db()
    assert scene.settle(job).state == "booked"


def test_second_confirmation_of_a_job_is_a_conflict(scene):
    job = scene.bring(csv(row()))
    same = ImportJob.objects.get(pk=job.pk)
    scene.settle(job)
    with pytest.raises(Conflict):
        ledger_import.confirm_import(same, by=scene.unitadmin)
    assert LedgerLine.objects.count() == 1


def test_faulty_file_cannot_be_confirmed_and_strangers_cannot_act(scene):
    job = scene.bring(csv(row(amount="很多")))
    with pytest.raises(Conflict):
        ledger_import.confirm_import(job, by=scene.drafter)
    for act in (ledger_import.retry_import, ledger_import.drop_import, ledger_import.confirm_import):
        with pytest.raises(NotAllowed):
            act(job, by=make_scene().drafter)


def test_right_lost_between_confirmation_and_booking_stops_it(scene):
    job = scene.bring(csv(row()))
    leader = factories.make_user()
    ledger_import.confirm_import(job, by=scene.drafter)
    ImportJob.objects.update(confirmed_by=leader)
    ledger_import.work(job.pk)
    job.refresh_from_db()
    assert (job.state, LedgerLine.objects.count()) == ("failed", 0)
    assert "不能登记" in job.error


def test_columns_are_remembered_by_their_headers_for_the_unit(scene):
    assert "没有找到列" in scene.bring(nameless()).problems[0]
    first = scene.bring(nameless(), mapping=COLUMNS)
    assert (first.state, first.origin) == ("ready", "person")
    second = scene.bring(nameless("记-2"))
    assert (second.state, second.origin, second.columns) == ("ready", "memory", COLUMNS)
    assert make_scene().bring(nameless("记-3")).origin == "headers"
    changed = ledger_import.choose_columns(second, mapping=COLUMNS | {"summary": 4}, by=scene.drafter)
    ledger_import.work(changed.pk)
    assert scene.bring(nameless("记-4")).standing_rows.get().summary == "外部专家"
    assert HeaderMapping.objects.count() == 1
    ledger_import.choose_columns(scene.bring(nameless("记-5")), mapping=None, by=scene.drafter)
    assert not HeaderMapping.objects.exists()


def test_columns_are_chosen_on_the_page(scene, client):
    job = scene.bring(nameless())
    client.force_login(scene.drafter)
    assert "（没有）" in client.get(url(job)).content.decode()
    chosen = {f"c_{name}": str(place) for name, place in COLUMNS.items()} | {"columns": "1", "c_debit": "nonsense"}
    text = client.post(url(job), chosen, follow=True).content.decode()
    assert "确认导入 1 行" in text
    assert "人工指定" in text
    assert "没有找到列" in client.post(url(job), {"headers": "1"}, follow=True).content.decode()


@pytest.fixture
def mixed(scene):
    lines = [row(f"记-{n}", amount="1") for n in range(120)]
    return scene.bring(csv(*lines, row("罚-1", "支付罚款"), row("错-1", amount="很多"), row("错-2", 日期="昨天")))


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("", "记-0<", "记-119<"),
        ("?page=2", "记-119<", "记-0<"),
        ("?only=wrong", "错-2", "记-1<"),
        ("?only=banned", "罚-1", "错-1"),
        ("?only=held", "罚-1", "记-1<"),
        ("?only=nonsense", "记-0<", "记-119<"),
    ],
)
def test_preview_is_paged_and_filtered(scene, client, mixed, query, shown, hidden):
    client.force_login(scene.drafter)
    text = client.get(url(mixed) + query).content.decode()
    assert shown in text
    assert hidden not in text


@pytest.mark.parametrize("count", [1, 90])
def test_preview_needs_constant_queries(scene, client, django_assert_num_queries, count):
    job = scene.bring(csv(*[row(f"记-{n}", amount="1") for n in range(count)]))
    client.force_login(scene.drafter)
    client.get(url(job))
    with django_assert_num_queries(6):
        client.get(url(job))


def test_dropped_file_leaves_no_rows_and_says_so(scene, client, mixed):
    client.force_login(scene.drafter)
    assert "已放弃导入" in client.post(url(mixed), {"drop": "1"}, follow=True).content.decode()
    assert not ImportRow.objects.exists()
    assert "没有写入任何内容" in client.get(url(mixed)).content.decode()
    assert client.get(url(mixed, "ledger_import_errors")).status_code == 302


def test_files_that_nobody_confirms_are_forgotten_after_a_month(scene, mixed):
    assert sweep_imports() == 0
    ImportJob.objects.update(touched_at=timezone.now() - timedelta(days=31))
    sweep_imports()
    mixed.refresh_from_db()
    assert (mixed.state, ImportRow.objects.count()) == ("dropped", 0)


def test_bare_account_codes_get_names_and_strange_ones_are_told(scene):
    scene.project.lead_unit.accounting_system = "government"
    scene.project.lead_unit.save(update_fields=["accounting_system"])
    head = ["日期", "凭证号", "科目编码", "摘要", "金额"]
    day = timezone.localdate().isoformat()
    data = csv(
        [day, "记-1", "30215", "产业创新活动场地租赁费", "9"],
        [day, "记-2", "7777", "产业创新活动场地租赁费", "9"],
        head=head,
    )
    job = scene.bring(data)
    assert [(line.account, line.category) for line in job.standing_rows] == [
        ("30215 会议费", "meeting_fee"),
        ("7777", ""),
    ]
    assert "有 1 行的科目不在政府会计制度的科目表中：“7777”" in job.warnings[0]


def test_bank_side_known_by_its_code_alone_is_skipped(scene):
    day = timezone.localdate().isoformat()
    head = ["日期", "凭证号", "科目编码", "摘要", "借方", "贷方"]
    data = csv([day, "记-1", "6602", "评审会场租", "9", ""], [day, "记-1", "1002", "评审会场租", "", "9"], head=head)
    job = scene.bring(data)
    assert (job.total, job.skipped) == (1, [[3, "贷方对应科目，不是支出"]])


def test_file_of_nothing_but_totals_is_told(scene):
    job = scene.bring(csv(["合计", "", "", "", "", "1800", "", ""]))
    assert job.problems == ["文件中没有可以入账的行。请检查表头和内容。"]


def test_error_of_reading_is_kept_on_the_job(scene):
    job = scene.bring('日期,凭证字号,摘要,金额\n2026-01-01,记-1,"没有结尾,9\n1,2,3,4\n'.encode())
    assert job.state == "failed"
    assert "引号不成对" in job.error


def test_imported_lines_stand_in_the_log(scene):
    record = scene.import_file(csv(row()))
    assert record.job.record == record
    with pytest.raises(Refused, match="同一文件已于"):
        scene.import_file(csv(row()))


def test_file_in_quarantine_waits_and_an_infected_one_is_refused(scene, client, settings, tmp_path):
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    job = scene.bring(csv(row()))
    assert (job.state, job.attempts) == ("queued", 0)
    client.force_login(scene.drafter)
    assert "查毒后自动核对" in client.get(url(job)).content.decode()
    StoredFile.objects.update(scan_state="infected")
    ledger_import.work(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "没有通过查毒" in job.error
    StoredFile.objects.update(scan_state="clean")
    ledger_import.retry_import(job, by=scene.drafter)
    ledger_import.work(job.pk)
    job.refresh_from_db()
    assert job.state == "ready"
