"""Contents of official papers about consortia: shape of templates/pdf/revocation_decision.html."""

from django.utils import timezone

from portal import papers
from portal.measures.edition_schema import Edition
from portal.measures.workdays import date_cn

REMEDY = "如对本决定有异议，可自收到之日起15日内向市科协书面提出复核申请。"


def revocation_paper(case, record: dict, edition: Edition, *, number: str, reason: str) -> dict:
    """Snapshot of the PDF `revocation_decision`; `record` is the failed rectification that the case rests on."""
    title = f"关于撤销{case.consortium.name}资格的决定"
    to = case.consortium.lead_unit.name
    return {
        "doc": papers.identity("revocation_decision", number),
        "official": papers.official(edition, title, to=to, number=number, by_bast=True),
        "project": record["project"],
        "revocation": {
            "consortium": case.consortium.name,
            "facts": [line.strip() for line in case.facts.splitlines() if line.strip()],
            "hearing": _hearing(case, reason),
            "rectification_number": record["number"],
            "effective_on": timezone.localdate().isoformat(),
            "remedy": REMEDY,
        },
        "contact": papers.contact(),
    }


def _hearing(case, reason: str) -> str:
    told = f"{date_cn(timezone.localdate(case.created_at))}已告知拟撤销资格及陈述申辩权利，"
    if not case.statement:
        return f"{told}你单位在{date_cn(case.hearing_until)}前未提出陈述申辩。"
    return f"{told}你单位提出了陈述申辩，经审查，答复如下：{reason}"
