"""Writes of objections (8(3)): real name, a handler of his own, an answer; only the objected project waits."""

import re
import unicodedata
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from consortia.seats import people_of
from portal import access, documents, events, files, notify, workflow
from portal.errors import Invalid, NotAllowed, Refused
from portal.measures.workdays import date_cn
from portal.models import Event, User
from projects.models import Objection, ObjectionFile
from projects.queries.notices import is_open_for_objections
from projects.states import OPEN_OBJECTION_STATES, ApplicationState, ObjectionState

FORMATS = ("pdf", "png", "jpg", "jpeg", "docx")
MAX_FILES = 5
PER_ADDRESS_AND_HOUR = 5
TEXT_MIN, TEXT_MAX = 10, 5000
_NOBODY = re.compile(r"匿名|佚名|无名氏|^(?:某|热心|知情|群众|路人|不便|保密)|[xX*×]{2,}")
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}[- ]?\d{7,8}|\d{7,8})(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@workflow.action
def file_objection(*, notice, application, kind, objector_name, objector_contact, text, files, by=None) -> Objection:
    """File an objection within the period, by real name; it holds only its own project (8(3)).

    `files` are (bytes, name) pairs; a unit must send its sealed letter. Returns the row with its query code.
    """
    name, contact, text = (_clean(value) for value in (objector_name, objector_contact, text))
    _check_person(kind, name, contact, text, files)
    application = workflow.lock(application)
    notice = workflow.lock(notice)
    if not notice.applications.filter(pk=application.pk).exists():
        raise Invalid("所选项目不在这份公示的名单中。")
    if not is_open_for_objections(notice):
        until = date_cn(notice.ends_on) if notice.ends_on else "—"
        raise Refused(f"公示期至{until}，现在不能提出异议。可拨打监督电话反映情况。", article="8(3)")
    _check_rate()
    objection = Objection.objects.create(
        query_code=documents.new_code(),
        notice=notice,
        application=application,
        kind=kind,
        objector_name=name,
        objector_contact=contact,
        text=text,
    )
    _keep_files(objection, files, by)
    events.record("objection.file", "提出异议", objection, by=by or AnonymousUser(), article="8(3)")
    if application.state == ApplicationState.IN_NOTICE:
        workflow.move(application, "hold", by=None, note=f"异议 {objection.query_code}")
    notify.tell(User.objects.with_duty("officer", "director"), "收到一件异议", f"涉及项目“{application.title}”。")
    return objection


def _clean(text: str) -> str:
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf"}).strip()


def _check_person(kind: str, name: str, contact: str, text: str, sent) -> None:
    """Real name and a contact that reaches somebody; anonymous objections are refused with the reason."""
    folded = "".join(unicodedata.normalize("NFKC", name).split())
    if kind not in ("person", "unit"):
        raise Invalid("请选择以个人还是单位名义提出。")
    letters = sum(1 for char in folded if char.isalpha())
    if letters < (4 if kind == "unit" else 2) or _NOBODY.search(folded) or any(char.isdigit() for char in folded[:1]):
        raise Invalid("异议须实名提出：匿名的不予受理。请填写真实姓名或单位全称。", article="8(3)")
    reach = unicodedata.normalize("NFKC", contact)
    if not (_PHONE.search(reach) or _MAIL.search(reach)):
        raise Invalid("没有有效的联系方式，不予受理。请填写能联系到您的电话或电子邮箱。", article="8(3)")
    if not TEXT_MIN <= len(text) <= TEXT_MAX:
        raise Invalid(f"异议内容须为 {TEXT_MIN} 至 {TEXT_MAX} 字，请写明事实和理由。")
    if len(sent) > MAX_FILES:
        raise Invalid(f"材料最多 {MAX_FILES} 个文件。")
    if kind == "unit" and not sent:
        raise Invalid("以单位名义提出的异议须上传加盖公章的异议书。", article="8(3)")


def _check_rate() -> None:
    """A flood from one address is refused; the limit is written in the refusal (N6)."""
    address = events.request_ip.get()
    since = timezone.now() - timedelta(hours=1)
    rows = Event.objects.filter(verb="objection.file", outcome="ok", ip=address, at__gte=since)
    if address and rows.count() >= PER_ADDRESS_AND_HOUR:
        raise Refused(f"同一网络地址一小时内最多提出 {PER_ADDRESS_AND_HOUR} 件异议。请稍后再试，或书面寄送。")


def _keep_files(objection, sent, by) -> None:
    for data, name in sent:
        stored = files.store(data, name, by=by, formats=FORMATS)
        ObjectionFile.objects.create(objection=objection, file=stored)


def _locked(objection) -> Objection:
    """Lock in the fixed order: application, then objection."""
    workflow.lock(objection.application)
    return workflow.lock(objection)


def _check_handler(objection, by) -> None:
    """Nobody handles an objection to his own decision, and one handler keeps the case (N5)."""
    if by.pk in (objection.objected_user_id, objection.notice.published_by_id):
        raise NotAllowed("您是被异议事项的经办人，应当回避。请由其他人员承办。", article="8(3)")
    if objection.handler_id not in (None, by.pk):
        raise NotAllowed("这件异议已由其他人员承办。", article="8(3)")
    if not access.allowed(by, "projects.decide_objection", objection):
        raise NotAllowed("您的账号不能办理异议。", article="8(3)")


@workflow.action
def accept_objection(objection, *, by, note="", objected_user=None) -> Objection:
    """Take the case: the person becomes its only handler; `objected_user` is whose decision is attacked."""
    objection = _locked(objection)
    _check_handler(objection, by)
    if objected_user is not None and objected_user.pk == by.pk:
        raise NotAllowed("您是被异议人员，应当回避。请由其他人员承办。", article="8(3)")
    workflow.move(objection, "accept", by=by, note=note, handler=by, objected_user=objected_user)
    return objection


@workflow.action
def decline_objection(objection, *, by, note="") -> Objection:
    """Do not take the case, with the reason as answer; the project goes on when nothing else is open."""
    return _decide(objection, "decline", by=by, answer=note)


@workflow.action
def uphold_objection(objection, *, by, note="", findings="") -> Objection:
    """The objection is right: the project is not approved; a new decision needs a new notice (N7)."""
    return _decide(objection, "uphold", by=by, answer=note, findings=findings)


@workflow.action
def dismiss_objection(objection, *, by, note="", findings="") -> Objection:
    """The objection is not right, with the answer; the project goes on when nothing else is open."""
    return _decide(objection, "dismiss", by=by, answer=note, findings=findings)


def _decide(objection, edge: str, *, by, answer: str, findings: str = "") -> Objection:
    objection = _locked(objection)
    _check_handler(objection, by)
    if not answer.strip():
        raise Invalid("请填写答复：每件异议都须答复异议人。", article="8(3)")
    columns = {"handler": by, "answer": answer.strip(), "decided_at": timezone.now()}
    if findings.strip():
        columns["findings"] = findings.strip()
    workflow.move(objection, edge, by=by, note="", **columns)
    _settle(objection)
    return objection


def _settle(objection) -> None:
    """When the last open objection is closed, release the project, or reject it when one was upheld."""
    application = workflow.lock(objection.application)
    states = set(application.objections.values_list("state", flat=True))
    if states & OPEN_OBJECTION_STATES or application.state != ApplicationState.OBJECTION_HOLD:
        return
    upheld = ObjectionState.UPHELD in states
    workflow.move(application, "reject" if upheld else "release", by=None, note=f"异议 {objection.query_code} 已办结")
    result = "异议成立，不予立项" if upheld else "异议已办结，恢复公示程序"
    people = [*people_of(application.lead_unit, "drafter", "unitadmin"), application.leader]
    notify.tell(people, f"项目“{application.title}”：{result}")
