"""The dry run of a ledger file as a workbook: what is wrong first, then every row as it was read (F3, F13)."""

from funding.models import ImportJob
from funding.queries.import_preview import import_rows
from funding.queries.import_rows import FIELDS
from portal import sheets

HEAD = (
    *("行号", "凭证日期", "凭证字号", "分录行号", "摘要", "会计科目", "收款方", "金额（元）", "资金来源", "发票号码"),
    *("须改正", "核查结论", "条款", "理由"),
)


def import_list(job: ImportJob) -> bytes:
    """A workbook without live formulas; rows are streamed, so that a large file needs little memory."""
    wrong = job.standing_rows.filter(errors__isnull=False).order_by("line").values_list("line", "errors")
    faults = [(0, "整个文件", text) for text in job.problems]
    faults += [(line, FIELDS.get(name, "本行"), text) for line, errors in wrong for name, text in errors.items()]
    return sheets.write_xlsx({"问题": (("行号", "列", "问题"), faults), "全部行": (HEAD, import_rows(job))})
