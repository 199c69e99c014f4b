"""Writes of the qualification of consortia: a dated history (article 20)."""

from django.utils import timezone

from consortia.models import Qualification
from consortia.seats import people_of
from consortia.states import QualificationStatus
from portal import access, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import date_cn


@workflow.action
def record_qualification(*, consortium, status, since, reason, by) -> Qualification:
    """Add a dated entry to the qualification; revoking takes the procedure of article 20, not this."""
    if not access.allowed(by, "consortia.add_qualification", consortium):
        raise NotAllowed("联合体资格由中心负责人登记。", article="20")
    consortium = workflow.lock(consortium)
    if status not in (QualificationStatus.VALID, QualificationStatus.RECTIFYING):
        raise Refused("撤销资格须经告知、陈述申辩和市科协决定，请办理资格撤销案。", article="20")
    if not reason.strip():
        raise Invalid("请写明依据与原因，例如批准文件。")
    last = consortium.qualifications.order_by("-since", "-id").first()
    earliest = last.since if last else consortium.founded_on
    if not earliest <= since <= timezone.localdate():
        raise Invalid(f"起始日期应不早于{date_cn(earliest)}，且不晚于今天：资格是按日期登记的历史，不能倒改。")
    if last and last.status == status:
        raise Conflict(f"联合体资格自{date_cn(last.since)}起已是“{last.get_status_display()}”。")
    row = Qualification.objects.create(
        consortium=consortium, status=status, since=since, reason=reason.strip()[:300], recorded_by=by
    )
    label = f"登记资格：{row.get_status_display()}"
    after = {"status": status, "since": since, "reason": reason}
    events.record("qualification.record", label, consortium, by=by, article="20", after=after)
    notify.tell(people_of(consortium.lead_unit, "unitadmin"), f"{consortium}资格：{row.get_status_display()}", reason)
    return row
