"""The auditor's zip of one project (18): money, vouchers, contract, questions; index.xlsx and digests."""

import hashlib
import re
import tempfile
import zipfile
from collections.abc import Callable
from typing import IO

from django.utils import timezone

from funding.documents.exports import budget_book, ledger_book
from funding.models import AuditMessage
from funding.queries.ledger import filtered_lines
from funding.queries.money import money_summary
from portal import access, documents, files, sheets

SPOOL = 16 * 1024 * 1024
INDEX_HEAD = ("序号", "路径", "类别", "名称", "大小（字节）", "SHA-256")
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{name}{n}" for name in ("COM", "LPT") for n in range(1, 10))}


def safe_name(name: str) -> str:
    """A file name that no unpacking program takes for a path, a device or a hidden file; at most 100 characters."""
    clean = _UNSAFE.sub("_", files.clean_name(name)).strip(" .")
    stem = clean.split(".", 1)[0].upper()
    return f"_{clean}"[:100] if stem in _DEVICES or not clean else clean[-100:]


class _Zip:
    """A zip that remembers what went into it, and tells how far it is."""

    def __init__(self, archive: zipfile.ZipFile, steps: int, progress: Callable[[int], None]) -> None:
        self.archive, self.steps, self.progress = archive, max(steps, 1), progress
        self.rows: list[tuple] = []
        self.told = 0

    def add(self, folder: str, kind: str, name: str, data: bytes) -> None:
        """One entry under a path of its own; the number keeps equal names apart."""
        number = len(self.rows) + 1
        path = f"{folder}/{number:04d}-{safe_name(name)}"
        self.archive.writestr(path, data)
        self.rows.append((number, path, kind, name, len(data), hashlib.sha256(data).hexdigest()))
        percent = min(number * 98 // self.steps, 98)
        if percent >= self.told + 2:
            self.told = percent
            self.progress(percent)

    def add_stored(self, folder: str, kind: str, stored) -> None:
        """A stored file, verified against its digest; one in quarantine is named, not packed."""
        if stored.is_usable:
            self.add(folder, kind, stored.name, files.read(stored))
        else:
            told = f"{stored.name}：{stored.scan_words}，未收入本资料包。SHA-256 {stored.sha256}\n"
            self.add(folder, kind, f"{stored.name}（未收入）.txt", told.encode())


def build_package(audit, user, progress: Callable[[int], None]) -> IO[bytes]:
    """The zip as an open file at its start: only what `user` may read now; `progress` hears percents."""
    target = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115, the caller closes it
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            _fill(archive, audit, user, progress)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return target


def _fill(archive: zipfile.ZipFile, audit, user, progress) -> None:
    project = audit.project
    stored = [(folder, kind, file) for folder, kind, file in _stored(project, audit) if files.may_read(user, file)]
    papers = [paper for paper in _papers(project) if documents.may_read(user, paper)]
    pack = _Zip(archive, len(stored) + len(papers) + 3, progress)
    if access.allowed(user, "funding.view_ledger", project):
        pack.add(
            "01-明细账",
            "数据表",
            "明细账.xlsx",
            sheets.write_xlsx(ledger_book(project, filtered_lines(project, {}).order_by("voucher_date", "id"))),
        )
        pack.add("02-预算", "数据表", "预算执行.xlsx", sheets.write_xlsx(budget_book(project)))
    pack.add("06-审计问题", "数据表", "问题与答复.xlsx", _thread(audit))
    for paper in papers:
        pack.add_stored("05-文书", paper.title, paper.file)
    for folder, kind, file in stored:
        pack.add_stored(folder, kind, file)
    index = sheets.write_xlsx({"目录": (INDEX_HEAD, pack.rows), "项目": (("项目", "内容"), _facts(audit))})
    archive.writestr("index.xlsx", index)
    lines = [f"{row[5]}  {row[1]}" for row in pack.rows]
    archive.writestr("SHA256SUMS", "\n".join([*lines, f"{hashlib.sha256(index).hexdigest()}  index.xlsx"]) + "\n")


def _stored(project, audit) -> list[tuple]:
    """(folder, kind, file) of vouchers, bank slips and answers."""
    vouchers = project.ledger_lines.filter(attachment__isnull=False).select_related("attachment")
    rows = [("03-凭证附件", f"{line.voucher_no}号凭证附件", line.attachment) for line in vouchers.order_by("id")]
    for payment in project.disbursements.select_related("bank_receipt", "receipt").order_by("number", "id"):
        slips = (("银行付款回单", payment.bank_receipt), ("单位到账回单", payment.receipt))
        rows += [("04-拨付", f"第{payment.number}期{kind}", file) for kind, file in slips if file]
    answers = AuditMessage.objects.filter(finding__audit=audit, file__isnull=False).select_related("file")
    return rows + [("06-审计问题", "单位答复附件", message.file) for message in answers]


def _papers(project) -> list:
    subjects = [*project.contracts.all(), *project.clawbacks.all()]
    return [paper for subject in subjects for paper in documents.of(subject).filter(state="ready")]


def _thread(audit) -> bytes:
    head = ("序号", "类别", "凭证", "提出或答复", "内容", "时间（北京时间）", "状态")
    rows = []
    for number, finding in enumerate(audit.audit_findings.prefetch_related("lines", "messages"), start=1):
        vouchers = "、".join(line.voucher_no for line in finding.lines.all())
        state = finding.get_state_display()
        rows.append(
            (number, finding.get_kind_display(), vouchers, "审计", finding.text, _at(finding.created_at), state)
        )
        rows += [(number, "", "", row.get_side_display(), row.text, _at(row.at), "") for row in finding.messages.all()]
    return sheets.write_xlsx({"问题与答复": (head, rows)})


def _at(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")


def _facts(audit) -> list[tuple]:
    project, money = audit.project, money_summary(audit.project)
    return [
        ("项目编号", project.number),
        ("项目名称", project.title),
        ("牵头单位", project.lead_unit.name),
        ("审计机构", audit.firm),
        ("委托期", f"{audit.engagement.starts_on.isoformat()} 至 {audit.engagement.ends_on.isoformat()}"),
        ("合同金额（元）", money.contract),
        ("已拨付（元）", money.paid),
        ("专项已支出（元）", money.spent),
        ("已缴回（元）", money.repaid),
        ("打包时间（北京时间）", _at(timezone.now())),
    ]
