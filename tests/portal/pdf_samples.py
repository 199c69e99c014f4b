"""Sample contexts of every PDF template: the contract between `<app>/documents.py` and `templates/pdf/`.

Shape: nested dicts, lists, str, int, bool, None; nothing else, so that a context is JSON and storable as a snapshot.
Money is a plain decimal string in 元 ("300000.00"), a date is ISO ("2026-03-12"), a moment is Chinese text already
formatted ("2026年4月15日 17:00（北京时间）"), a paragraph list holds plain text without markup.
All units, people, codes and accounts are invented.
"""

from tests.portal.pdf_samples_official import (
    APPLICATION_RECEIPT,
    APPLICATION_UNDERTAKING,
    CALL_CORRECTION,
    CALL_NOTICE,
    CLAWBACK_DECISION,
    CLAWBACK_NOTICE,
    FEEDBACK_LETTER,
    FORMALITY_LETTER,
    PUBLIC_NOTICE,
    RECTIFICATION_NOTICE,
    REVOCATION_DECISION,
)
from tests.portal.pdf_samples_report import ACCEPTANCE_REPORT, SCORE_SHEET, SELECTION_LIST, UNIT_REPORT
from tests.portal.pdf_samples_works import APPLICATION, TASK_CONTRACT

# template path -> (title given to pdf.render, context)
SAMPLES = {
    "pdf/call_notice.html": (CALL_NOTICE["official"]["title"], CALL_NOTICE),
    "pdf/call_correction.html": (CALL_CORRECTION["official"]["title"], CALL_CORRECTION),
    "pdf/public_notice.html": (PUBLIC_NOTICE["official"]["title"], PUBLIC_NOTICE),
    "pdf/formality_letter.html": (FORMALITY_LETTER["official"]["title"], FORMALITY_LETTER),
    "pdf/rectification_notice.html": (RECTIFICATION_NOTICE["official"]["title"], RECTIFICATION_NOTICE),
    "pdf/revocation_decision.html": (REVOCATION_DECISION["official"]["title"], REVOCATION_DECISION),
    "pdf/clawback_notice.html": (CLAWBACK_NOTICE["official"]["title"], CLAWBACK_NOTICE),
    "pdf/clawback_decision.html": (CLAWBACK_DECISION["official"]["title"], CLAWBACK_DECISION),
    "pdf/application_receipt.html": ("申报受理回执", APPLICATION_RECEIPT),
    "pdf/application_undertaking.html": ("申报承诺书", APPLICATION_UNDERTAKING),
    "pdf/application.html": ("项目申报书", APPLICATION),
    "pdf/task_contract.html": ("项目任务合同书", TASK_CONTRACT),
    "pdf/score_sheet.html": ("专家评分表", SCORE_SHEET),
    "pdf/selection_list.html": ("拟支持名单", SELECTION_LIST),
    "pdf/feedback_letter.html": (FEEDBACK_LETTER["official"]["title"], FEEDBACK_LETTER),
    "pdf/acceptance_report.html": ("项目评价验收报告", ACCEPTANCE_REPORT),
    "pdf/acceptance_report_unit.html": ("项目评价验收报告（单位副本）", UNIT_REPORT),
}
