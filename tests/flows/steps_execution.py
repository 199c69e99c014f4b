"""The unit at work: evidence for the six indicators, ledger lines one by one and from a file, reports, package."""

import csv
import io
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.measures.credit_code import make_credit_code
from projects.models import Project
from tests.factories import KPI_ROWS
from tests.flows.visitor import Page, Visitor
from tests.flows.world import World, pdf

MONTHS = "一二三四五六七八九十"
SUMMARY = "\n".join(
    f"{place}月组织第{number}次对接，走访{field}企业{number + 7}家，梳理需求{number * 3 + 5}项，"
    f"形成{field}清单并完成{work}。"
    for number, (place, field, work) in enumerate(
        (place, field, work)
        for place in MONTHS
        for field, work in (
            ("机器人", "样机测试与中试排期"),
            ("传感器", "标定方法比较与记录归档"),
            ("减速器", "寿命试验和工艺改进"),
            ("控制软件", "接口约定及联合调试"),
            ("检测服务", "共享目录和预约办法"),
            ("人才培养", "工程师轮训与导师结对"),
        )
    )
)
HEADER = ("凭证日期", "凭证号", "摘要", "科目", "收款方", "金额")


def evidence_values(world: World, code: str, number: int, day: str) -> dict:
    """What a person types for the n-th item of an indicator."""
    lead = world.unit.credit_code
    partner = world.consortium.memberships.filter(role="member").first().unit.credit_code
    people = "\n".join(f"参会人{index} 139{index:08d}" for index in range(1, 121))
    values = {
        "member_expansion": {
            "unit_name": f"虚构新成员{number}有限公司",
            "credit_code": make_credit_code("91110108", f"NEW{number:05d}"),
        },
        "tech_transfer": {
            "contract_number": f"JS-{number}",
            "district": "haidian",
            "provider_code": lead,
            "receiver_code": partner,
            "output": f"新增销售额 {number}20 万元",
        },
        "industry_map": {"option": "industry"},
        "innovation_event": {
            "hosts": "北京市科学技术协会、虚构联合体",
            "bast_attendee": "周参会",
            "partner_kind": "district_government",
            "partner_name": "虚构区人民政府",
            "attendance": "120",
            "people": people,
            "news_url": "https://news.example.cn/1",
        },
        "work_summary": {"text": SUMMARY},
    }.get(code, {})
    file = pdf(f"{code}-{number}.pdf", f"{code}{number}")
    return {"title": f"佐证材料{number}", "happened_on": day, "files": file} | values


def claim_evidence(world: World, project: Project) -> None:
    """Enter and claim as many items as the targets ask for."""
    visitor, day = world.visit("drafter"), timezone.localdate().isoformat()
    own = f"/projects/{project.public_id}/evidence/"
    for code, _, _, floor in KPI_ROWS:
        for number in range(1, floor + 1):
            page = visitor.open(f"{own}new/{code}/")
            page.press("保存并检查", **evidence_values(world, code, number, day)).press("提交核实")
    assert project.evidence.filter(state="claimed").count() == sum(floor for *_, floor in KPI_ROWS)


def verify_evidence(world: World, project: Project) -> None:
    """The officer verifies all that was claimed, in one go, from the queue."""
    visitor = world.visit("officer")
    page = visitor.open("/admin/projects/evidence/?state__exact=claimed")
    rows = list(project.evidence.filter(state="claimed").values_list("pk", flat=True))
    form = next(form for form in page.forms if "_selected_action" in form.choices)
    visitor.send(form.action, form.filled(action="verify_selected", _selected_action=rows, note="已核对原件"))
    left = {row.number: row.checks for row in project.evidence.exclude(state="verified")}
    assert left == {}


def add_lines(world: World, project: Project) -> Page:
    """One harmless line, and one that article 14(2) bans: stored with its verdict, clause and evidence."""
    visitor, own = world.visit("drafter"), f"/projects/{project.public_id}/ledger/"
    line = {"voucher_date": timezone.localdate().isoformat(), "account": "会议费", "amount": "１２，０００.50"}
    line |= {"payee": "虚构会展服务有限公司", "summary": "产业创新活动场地租赁费"}
    page = visitor.open(f"{own}add/").press("只核查，不登记", voucher_no="记-1", **line)
    assert not project.ledger_lines.exists()
    page.press("登记支出", **{"voucher_no": "记-1", **line})
    banned = {"voucher_no": "记-2", "summary": "客户业务招待宴请", "account": "业务招待费", "amount": "5000"}
    page = visitor.open(f"{own}add/").press("登记支出", **(line | banned))
    verdicts = list(project.ledger_lines.order_by("pk").values_list("verdict", flat=True))
    assert verdicts == ["allowed", "banned"]
    return visitor.open(own)


def import_lines(world: World, project: Project) -> None:
    """Three lines from a GBK file: looked at first, then booked; the same file is refused the second time."""
    visitor, own = world.visit("drafter"), f"/projects/{project.public_id}/ledger/import/"
    day = timezone.localdate().isoformat()
    rows = [
        (day, f"记-{number}", f"技术咨询服务费第{number}期", "咨询费", "虚构咨询有限公司", "1000.00")
        for number in (11, 12)
    ]
    rows += [
        (day, "记-13", "购买礼品卡赠送客户", "办公费", "虚构百货有限公司", "800.00"),
        ("", "", "合计", "", "", "2800.00"),
    ]
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    data = text.getvalue().encode("gbk")
    page = visitor.open(own).press("上传并核对", file=SimpleUploadedFile("明细账.csv", data, "text/csv"))
    assert not project.ledger_lines.filter(voucher_no="记-11").exists()
    page.press("确认导入 3 行")
    verdicts = dict(project.ledger_lines.filter(voucher_no__in=["记-11", "记-13"]).values_list("voucher_no", "verdict"))
    assert verdicts["记-13"] == "banned"
    assert verdicts["记-11"] != "banned"
    page = visitor.open(own).press("上传并核对", file=SimpleUploadedFile("明细账.csv", data, "text/csv"))
    assert "确认导入" not in page


def report_progress(world: World, project: Project) -> None:
    """The first due report is written by the unit and read by the officer."""
    report = project.reports.filter(state="due").order_by("due_on").first()
    page = world.visit("drafter").open(f"/projects/{project.public_id}/reports/{report.pk}/")
    page.press("提交报告", done="完成两次对接和一次测试。", problems="无", next_steps="继续推进。")
    officer = world.visit("officer")
    officer.open(f"/admin/projects/progressreport/{report.pk}/move/review/").press("审阅完毕", note="进展正常")
    report.refresh_from_db()
    assert report.state == "reviewed"


def hand_in_package(world: World, project: Project) -> None:
    """The acceptance package: refused while parts are missing, each named; then complete."""
    visitor, own = world.visit("leader"), f"/projects/{project.public_id}/package/"
    visitor.open(own).press(
        "保存",
        work_summary=SUMMARY,
        self_assessment="六项指标全部完成。" * 40,
        final_accounts_note="决算与台账一致。" * 20,
    )
    page = visitor.open(f"{own}submit/")
    assert "验收材料缺少“案例报告”" in page
    assert "返回补齐" in page
    project.refresh_from_db()
    assert project.state == "running"
    for kind in package_kinds(visitor, own):
        page = visitor.open(own)
        page.press("上传文件", kind=kind, upload=pdf(f"{kind}.pdf", f"package {kind}"))
    visitor.open(f"{own}submit/").press("提交验收材料")
    project.refresh_from_db()
    assert project.state == "final_submitted"


def package_kinds(visitor: Visitor, own: str) -> list[str]:
    """Every kind of file that the form offers."""
    form, _ = visitor.open(own).form("上传文件")
    return form.choices["kind"]


def later(days: int) -> str:
    """A day from today on, as a browser's date field sends it."""
    return (timezone.localdate() + timedelta(days=days)).isoformat()
