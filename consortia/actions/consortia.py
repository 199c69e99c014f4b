"""Writes of consortia: registry, lead unit, members with dates (articles 2, 3, 5(1)1, 9, 10(1)1, 20)."""

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from consortia.models import Consortium, LeadTerm, Membership
from consortia.seats import people_of
from consortia.states import QualificationStatus, UnitState
from portal import access, editions, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import date_cn

FIELDS = ("name", "fields", "districts", "lead_unit", "founded_on", "founding_document", "founding_file", "mechanism")


@workflow.action
def save_consortium(*, by, consortium=None, **fields) -> Consortium:
    """Add or correct a consortium of the registry; the lead unit of a stored one is changed by an act of its own."""
    perm = "consortia.change_consortium" if consortium else "consortia.add_consortium"
    if not access.allowed(by, perm, consortium):
        raise NotAllowed("联合体名录由中心经办登记。")
    fields = {key: value for key, value in fields.items() if key in FIELDS}
    _check(fields)
    if consortium is None:
        workflow.lock(fields["lead_unit"])
        return _create(fields, by)
    consortium = workflow.lock(consortium)
    if "lead_unit" in fields and fields["lead_unit"] != consortium.lead_unit:
        raise Refused("更换牵头单位请在联合体页面办理“更换牵头单位”，以保留沿革。", article="5(1)1")
    before = {key: getattr(consortium, key) for key in fields}
    changed = {key: value for key, value in fields.items() if before[key] != value}
    if not changed:
        return consortium
    for key, value in changed.items():
        setattr(consortium, key, value)
    _save(consortium)
    old = {key: before[key] for key in changed}
    events.record("consortium.update", "修改联合体登记", consortium, by=by, before=old, after=changed)
    return consortium


def _check(fields: dict) -> None:
    year = editions.edition(editions.codes()[-1])
    for key, known in (("fields", year.fields), ("districts", year.districts)):
        if key in fields and (not fields[key] or set(fields[key]) - {item.name for item in known}):
            word = "重点领域（第二条）" if key == "fields" else "服务区域（第三条）"
            raise Invalid(f"请从列表中选择{word}，至少一项。", article="2" if key == "fields" else "3")
    if "lead_unit" in fields and fields["lead_unit"].state != UnitState.APPROVED:
        raise Refused("牵头单位须是已开通的单位。", article="5(1)1")
    if fields.get("founded_on") and fields["founded_on"] > timezone.localdate():
        raise Invalid("成立日期不能晚于今天。")


def _create(fields: dict, by) -> Consortium:
    consortium = Consortium(**fields)
    _save(consortium)
    Membership.objects.create(
        consortium=consortium, unit=consortium.lead_unit, role="lead", joined_on=consortium.founded_on
    )
    _lead_term(consortium, consortium.lead_unit, consortium.founded_on, consortium.founding_document, by)
    events.record("consortium.create", "登记联合体", consortium, by=by, after=fields)
    notify.tell(
        people_of(consortium.lead_unit, "unitadmin"), f"{consortium.name}已登记入名录", url="/consortia/", mail=False
    )
    return consortium


def _save(consortium: Consortium) -> None:
    try:
        with transaction.atomic():
            consortium.save()
    except IntegrityError as error:
        raise Refused(f"名录中已有名为“{consortium.name}”的联合体。") from error


@workflow.action
def change_lead(consortium, *, unit, since, reason, by) -> Consortium:
    """Another unit leads from a day on; the former one stays as a member, and who led when stays on record."""
    unit = workflow.lock(unit)
    consortium = workflow.lock(consortium)
    old = consortium.lead_unit
    if not access.allowed(by, "consortia.change_consortium", consortium):
        raise NotAllowed("牵头单位由中心经办登记。")
    _check_lead(consortium, unit, since, reason)
    if not consortium.lead_terms.exists():
        # Registered before the history was kept: what is known of the first lead.
        _lead_term(consortium, old, consortium.founded_on, consortium.founding_document, by)
    _lead_term(consortium, unit, since, reason, by)
    Consortium.objects.filter(pk=consortium.pk).update(lead_unit=unit)
    consortium.lead_unit = unit
    _swap_lead(consortium, old, since)
    events.record(
        "consortium.change_lead", "更换牵头单位", consortium, by=by, article="5(1)1", note=reason,
        before={"lead_unit": old}, after={"lead_unit": unit, "since": since},
    )  # fmt: skip
    people = [*people_of(old, "unitadmin", "drafter"), *people_of(unit, "unitadmin", "drafter")]
    body = f"自{date_cn(since)}起由{unit.name}牵头。依据：{reason}"
    notify.tell(people, f"{consortium.name}牵头单位变更", body, url=f"/consortia/{consortium.public_id}/")
    return consortium


def _check_lead(consortium, unit, since, reason: str) -> None:
    if unit == consortium.lead_unit:
        raise Invalid(f"“{unit}”已是牵头单位。请选择另一单位。")
    if unit.state != UnitState.APPROVED:
        raise Refused("牵头单位须是已开通的单位。", article="5(1)1")
    if not reason.strip():
        raise Invalid("请写明更换的依据，例如批准文件。")
    last = consortium.lead_terms.order_by("-since", "-id").values_list("since", flat=True).first()
    earliest = last or consortium.founded_on
    if not earliest <= since <= timezone.localdate():
        raise Invalid(f"起始日期应不早于{date_cn(earliest)}，且不晚于今天：沿革按日期登记，不能倒改。")


def _lead_term(consortium, unit, since, reason: str, by) -> None:
    LeadTerm.objects.create(consortium=consortium, unit=unit, since=since, reason=reason.strip()[:300], recorded_by=by)


def _swap_lead(consortium: Consortium, old, since) -> None:
    """The old lead stays as a member; the new one joins where it was none."""
    rows = consortium.memberships.filter(left_on__isnull=True)
    rows.filter(unit=old, role="lead").update(role="member")
    if not rows.filter(unit=consortium.lead_unit).update(role="lead", dispute=""):
        Membership.objects.create(consortium=consortium, unit=consortium.lead_unit, role="lead", joined_on=since)


@workflow.action
def add_member(*, consortium, unit, joined_on, chain_position="", task="", agreement=None, by) -> Membership:
    """Take a unit into the consortium from a day on; the unit confirms by itself (9, 10(1)1)."""
    unit = workflow.lock(unit)
    consortium = workflow.lock(consortium)
    if not access.allowed(by, "consortia.manage_members", consortium):
        raise NotAllowed("只有牵头单位的填报人、管理员或中心经办可以增加成员。")
    if unit.state != UnitState.APPROVED:
        raise Refused(f"“{unit}”尚未在平台开通，不能加入。请该单位先注册并通过审核。", article="10(1)1")
    if consortium.qualification_on(timezone.localdate()) == QualificationStatus.REVOKED:
        raise Refused("联合体资格已撤销，不能再增加成员。", article="20")
    if consortium.memberships.filter(unit=unit, left_on__isnull=True).exists():
        raise Conflict(f"“{unit}”已是该联合体的成员，不能重复加入。", article="10(1)1")
    _check_joined(consortium, unit, joined_on)
    if agreement is None and not access.allowed(by, "consortia.change_consortium"):
        raise Invalid("请上传双方盖章的入会或合作协议。", article="10(1)1")
    row = Membership.objects.create(
        consortium=consortium,
        unit=unit,
        role="member",
        joined_on=joined_on,
        chain_position=chain_position.strip(),
        task=task.strip(),
        agreement=agreement,
    )
    after = {"joined_on": joined_on, "task": task, "agreement": agreement.sha256 if agreement else ""}
    events.record("membership.add", "增加成员单位", row, by=by, article="10(1)1", after=after)
    notify.tell(
        people_of(unit, "unitadmin", "member"),
        f"请确认加入{consortium.name}",
        f"牵头单位登记贵单位自{date_cn(joined_on)}加入。请核对协议与任务后确认。",
        url=f"/consortia/{consortium.public_id}/",
        key=f"membership-{row.pk}",
    )
    return row


def _check_joined(consortium, unit, joined_on) -> None:
    last = consortium.memberships.filter(unit=unit).order_by(F("left_on").desc(nulls_last=True))
    problem = join_problem(consortium, joined_on, last.values_list("left_on", flat=True).first())
    if problem:
        raise Invalid(problem)


def join_problem(consortium, joined_on, last_left) -> str:
    """Why a unit that left last on `last_left` (or never) cannot join on the day; empty when it can."""
    if not consortium.founded_on <= joined_on <= timezone.localdate():
        return f"加入日期应在联合体成立（{date_cn(consortium.founded_on)}）之后，且不晚于今天。"
    if last_left and joined_on <= last_left:
        return f"该单位曾于{date_cn(last_left)}退出，再次加入的日期应在此之后。"
    return ""


def leave_problem(role: str, joined_on, left_on) -> str:
    """Why a member cannot leave on the day; empty when it can."""
    if role == "lead":
        return "牵头单位不能退出。请先由中心办理更换牵头单位。"
    if not joined_on <= left_on <= timezone.localdate():
        return f"退出日期应在加入日期（{date_cn(joined_on)}）之后，且不晚于今天。"
    return ""


@workflow.action
def update_member(membership, *, by, chain_position=None, task=None, agreement=None) -> Membership:
    """Change the part of a member or add its agreement; the unit has to confirm again (9)."""
    consortium = workflow.lock(membership.consortium)
    membership = workflow.lock(membership)
    if not access.allowed(by, "consortia.manage_members", consortium):
        raise NotAllowed("只有牵头单位的填报人、管理员或中心经办可以修改成员。")
    if membership.left_on is not None:
        raise Conflict("该单位已退出联合体，不能再修改。")
    values = {"chain_position": chain_position, "task": task, "agreement": agreement}
    changed = {k: v for k, v in values.items() if v is not None and v != getattr(membership, k)}
    if not changed:
        return membership
    before = {key: getattr(membership, key) for key in changed}
    for key, value in changed.items():
        setattr(membership, key, value)
    membership.confirmed_at = membership.confirmed_by = None
    membership.dispute = ""
    membership.save(update_fields=[*changed, "confirmed_at", "confirmed_by", "dispute"])
    events.record("membership.update", "修改成员分工", membership, by=by, article="9", before=before, after=changed)
    notify.tell(
        people_of(membership.unit, "unitadmin", "member"),
        f"请重新确认在{consortium.name}的分工",
        "牵头单位修改了贵单位的协议、产业链位置或任务，请核对后确认。",
        url=f"/consortia/{consortium.public_id}/",
    )
    return membership


@workflow.action
def end_membership(membership, *, left_on, by, note="") -> Membership:
    """End a membership on a day; the row stays, so that growth is counted honestly (10(1)1)."""
    consortium = workflow.lock(membership.consortium)
    membership = workflow.lock(membership)
    if not access.allowed(by, "consortia.manage_members", consortium):
        raise NotAllowed("只有牵头单位的填报人、管理员或中心经办可以办理退出。")
    if membership.left_on is not None:
        raise Conflict("该单位已经退出联合体。")
    problem = leave_problem(membership.role, membership.joined_on, left_on)
    if problem:
        raise (Refused if membership.role == "lead" else Invalid)(problem, article="5(1)1")
    membership.left_on = left_on
    membership.save(update_fields=["left_on"])
    events.record("membership.end", "成员单位退出", membership, by=by, note=note, after={"left_on": left_on})
    people = people_of(membership.unit, "unitadmin", "member")
    notify.tell(people, f"已登记退出{consortium.name}", f"退出日期：{date_cn(left_on)}。{note}", url="/consortia/")
    return membership


@workflow.action
def confirm_membership(membership, *, by) -> Membership:
    """The member unit confirms that it joined and what it does (9)."""
    membership = workflow.lock(membership)
    if not access.allowed(by, "consortia.confirm_membership", membership):
        raise NotAllowed("须由该成员单位的人员确认。", article="9")
    if membership.left_on is not None:
        raise Conflict("该单位已退出联合体，无须确认。")
    if membership.confirmed_at is not None:
        raise Conflict("该成员关系已经确认过。")
    membership.confirmed_at, membership.confirmed_by, membership.dispute = timezone.now(), by, ""
    membership.save(update_fields=["confirmed_at", "confirmed_by", "dispute"])
    events.record("membership.confirm", "确认成员关系", membership, by=by, article="9")
    people = people_of(membership.consortium.lead_unit, "unitadmin", "drafter")
    url = f"/consortia/{membership.consortium.public_id}/"
    notify.tell(people, f"{membership.unit}已确认加入{membership.consortium}", url=url, mail=False)
    return membership


@workflow.action
def dispute_membership(membership, *, by, note="") -> Membership:
    """The member unit says why it does not confirm; the lead unit has to correct or end the membership (9)."""
    membership = workflow.lock(membership)
    if not access.allowed(by, "consortia.confirm_membership", membership):
        raise NotAllowed("须由该成员单位的人员办理。", article="9")
    if membership.left_on is not None or membership.confirmed_at is not None:
        raise Conflict("该成员关系已经确认或结束，不能再退回。有变化的请联系牵头单位。")
    if not note.strip():
        raise Invalid("请写明不予确认的理由，以便牵头单位更正。")
    membership.dispute = note.strip()[:300]
    membership.save(update_fields=["dispute"])
    events.record("membership.dispute", "不予确认成员关系", membership, by=by, article="9", note=membership.dispute)
    people = people_of(membership.consortium.lead_unit, "unitadmin", "drafter")
    url = f"/consortia/{membership.consortium.public_id}/"
    notify.tell(people, f"{membership.unit}不予确认加入{membership.consortium}", membership.dispute, url=url)
    return membership
