"""Writes of registrations: the public form, what follows a taken code, the center's answer (A4, W6)."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from consortia.actions.units import shown
from consortia.models import Registration, Unit
from consortia.seats import people_of
from consortia.states import UnitState
from portal import access, documents, events, notify, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.credit_code import check_credit_code
from portal.models import User

TAKEN = "该统一社会信用代码已经登记。同一单位只登记一次：请联系本单位管理员邀请您加入，或向管理单位核实。"
QUEUE = "/admin/consortia/unit/?state__exact=pending"


def valid_code(text: str) -> str:
    """The normalised credit code; Invalid with the reason when its check digit fails."""
    code = check_credit_code(text)
    if not code.is_valid:
        raise Invalid(code.error or "")
    return code.normalised


@workflow.action
def register_unit(*, by, **fields) -> Unit:
    """Store a unit that waits for the center's decision; its credit code is checked and unique (A4)."""
    fields["credit_code"] = valid_code(fields.get("credit_code", ""))
    try:
        with transaction.atomic():
            unit = Unit.objects.create(**fields)
    except IntegrityError as error:
        raise Refused(TAKEN) from error
    _announce(unit, fields, by)
    return unit


def _announce(unit, fields: dict, by) -> None:
    events.record("unit.register", "提交单位注册", unit, by=by, after=shown(fields))
    notify.tell(
        User.objects.with_duty("officer"),
        f"单位注册待审核：{unit.name}",
        url=f"/admin/consortia/unit/{unit.pk}/change/",
        mail=False,
    )


@workflow.action
def request_registration(*, by=None, **fields) -> Registration:
    """The public form. A taken code stores no unit, tells the unit's admins and is answered like a free one (W6)."""
    fields["credit_code"] = valid_code(fields.get("credit_code", ""))
    unit, is_new = Unit.objects.get_or_create(credit_code=fields["credit_code"], defaults=fields)
    is_repeat = not is_new and not _register_again(unit, fields)
    if is_new:
        _announce(unit, fields, by)
    if is_repeat:
        _tell_of_repeat(unit, fields)
    registration = Registration.objects.create(
        query_code=documents.new_code(),
        unit=unit,
        is_repeat=is_repeat,
        **{key: fields.get(key, "") for key in ("name", "contact_name", "contact_phone", "contact_email")},
    )
    _acknowledge(registration)
    return registration


def _acknowledge(registration: Registration) -> None:
    """The same mail to everybody."""
    notify.write_to(
        registration.contact_email,
        "已收到单位注册",
        f"{registration.contact_name}，您好：\n平台已收到{registration.name}的注册，查询码 {registration.query_code}。"
        "管理单位核对后发送结果；凭查询码可在下面的页面查看进度。如非本人提交，请忽略本邮件。",
        url="/units/query/",
    )


def _register_again(unit, fields: dict) -> bool:
    """A refused registration is mended by sending the form again; False when the unit was not refused."""
    unit = workflow.lock(unit)
    if unit.state != UnitState.REJECTED:
        return False
    for key, value in fields.items():
        setattr(unit, key, value)
    unit.save(update_fields=list(fields))
    workflow.move(unit, "resubmit", by=None, note="重新提交注册", state_note="")
    url = f"/admin/consortia/unit/{unit.pk}/change/"
    notify.tell(User.objects.with_duty("officer"), f"单位重新提交注册：{unit.name}", url=url, mail=False)
    return True


def _tell_of_repeat(unit, fields: dict) -> None:
    who, phone = fields.get("contact_name", ""), fields.get("contact_phone", "")
    notify.tell(
        people_of(unit, "unitadmin"),
        "有人再次以本单位名义提交注册",
        f"{who}（{phone}）以本单位的统一社会信用代码提交了注册，平台没有重复登记。"
        "如为本单位人员，请邀请其加入；如不认识，请告知管理单位。",
        url="/unit/",
        key=f"unit-again-{unit.pk}-{timezone.localdate()}",
    )
    notify.tell(
        User.objects.with_duty("officer"),
        f"重复注册待答复：{unit.name}",
        url="/admin/consortia/registration/?is_repeat__exact=1&answered=no",
        key=f"unit-again-{unit.pk}-{timezone.localdate()}",
        mail=False,
    )
    events.record("unit.register", "重复的单位注册", unit, by=None, outcome="refused", note=f"{who} {phone}")


@workflow.action
def answer_repeat(registration, *, by, note="") -> Registration:
    """Answer a repeated registration by mail; what to say is the center's own decision."""
    if not access.allowed(by, "consortia.decide_unit"):
        raise NotAllowed("单位的登记事项由中心经办办理。")
    note = note.strip()[:300]
    if not note:
        raise Invalid("请写明答复，例如请其联系本单位管理员。")
    values = {"answer": note, "answered_by": by, "answered_at": timezone.now()}
    rows = Registration.objects.filter(pk=registration.pk, is_repeat=True, answered_at__isnull=True)
    if not rows.update(**values):
        raise Conflict("这一注册申请无须答复或已经答复。请刷新页面查看。")
    events.record("registration.answer", "答复重复注册", registration.unit, by=by, note=note)
    notify.write_to(
        registration.contact_email, "单位注册未受理", f"{registration.name}的注册未受理。{note}", url="/units/query/"
    )
    return registration
