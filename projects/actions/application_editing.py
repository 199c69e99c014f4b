"""What every save of a part shares: rights, state, places open for 补正, and no silent overwriting (A15)."""

from django.db.models import F
from django.utils import timezone

from portal import access, events, workflow
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.measures.workdays import datetime_cn
from projects.models import Application, ApplicationSection
from projects.queries.application_tasks import part_of
from projects.queries.clock import database_now

EDITABLE = ("draft", "supplement")
# Characters of one part that are kept although they cannot be stored: the widest table full, and then some.
KEPT_MAX = 200_000
# What no form of a unit offers: columns that actions alone write, and names that an attacker would try (A5).
PROTECTED = frozenset(
    {
        "state", "status", "slot", "number", "call", "cycle", "consortium", "lead_unit", "unit", "owner", "created_by",
        "score", "award", "declared_by", "declared_at", "declared_digest", "submitted_by", "submitted_at", "public_id",
    }
)  # fmt: skip


class StaleEdit(Conflict):
    """Somebody saved this part since the page was opened; carries the stored section row, so both can be shown."""

    def __init__(self, section: ApplicationSection, label: str):
        who = section.updated_by.name if section.updated_by else "另一个窗口"
        when = datetime_cn(section.updated_at)
        super().__init__(
            f"“{label}”已由{who}于{when}保存过新的内容。您这次的修改没有覆盖它，请对照后再保存。",
            fix="对照两份内容，合并后重新保存。",
        )
        self.section = section


def hold(application: Application) -> None:
    """Lock the row and read it anew into the same object."""
    application.refresh_from_db(from_queryset=Application._base_manager.select_for_update())


def open_part(application: Application, code: str, revision: int, *, by) -> ApplicationSection:
    """Lock the application and give the part's row when `by` may save it now on the base of `revision`."""
    hold(application)
    part = part_of(application, code)
    require_editable(application, code, by=by)
    section, _ = ApplicationSection.objects.get_or_create(application=application, code=code)
    if section.revision != revision:
        raise StaleEdit(section, part.label if part else code)
    return section


def require_editable(application: Application, code: str, *, by) -> None:
    """Refuse strangers (403), other states (409), and places that a 补正 does not name."""
    if application.state not in EDITABLE:
        raise Conflict(
            f"不能修改：申报书目前的状态是“{application.get_state_display()}”。提交后的内容已经冻结。",
            article="7(1)",
            fix="须修改时，请由单位管理员退回草稿或撤回申报。",
        )
    if not access.allowed(by, "projects.edit_application", application):
        raise NotAllowed("您的账号不能修改这份申报书。请联系本单位的填报人或单位管理员。")
    if application.state == "supplement":
        _require_asked(application, code)


def smuggled(names) -> list[str]:
    """Those of the names of a form's fields that no form of the portal has (A5)."""
    return sorted(PROTECTED.intersection(names))


@workflow.action
def note_smuggled(application: Application, *, fields: list[str], by) -> None:
    """Log that a form carried protected fields; they were ignored, but somebody tried (A5)."""
    events.record(
        "application.smuggle", "表单夹带不能由此修改的内容，已忽略", application, by=by, outcome="refused",
        after={"fields": fields},
    )  # fmt: skip


def can_edit(application: Application, user, code: str = "") -> bool:
    """Whether the person may edit the application now (and this part of it)."""
    if not access.allowed(user, "projects.edit_application", application):
        return False
    places = open_places(application)
    return not code or places is None or code in places


def open_places(application: Application) -> frozenset[str] | None:
    """Codes of the parts that may be edited during 补正, none after its term; None when all may (draft)."""
    if application.state != "supplement":
        return None
    if application.supplement_request.due_at <= timezone.now():
        return frozenset()
    return frozenset(application.supplement_request.places)


def _require_asked(application: Application, code: str) -> None:
    request = application.supplement_request
    if code not in request.places:
        raise Refused("不能修改：补正通知没有要求修改这一部分。", article="8(1)", fix="只修改补正通知列明的部分。")
    if database_now() >= request.due_at:
        raise Refused(f"不能修改：补正期限已于{datetime_cn(request.due_at)}届满。", article="8(1)")


def close_part(
    application: Application, section: ApplicationSection, label: str, *, by, body=None, typed=None, after=None
) -> None:
    """Count the revisions up and log the save. What is stored whole leaves nothing typed behind."""
    if body is not None:
        section.body = body
    section.typed = typed or {}
    section.revision += 1
    section.updated_by = by
    section.save()
    Application.objects.filter(pk=application.pk).update(revision=F("revision") + 1, updated_at=timezone.now())
    application.refresh_from_db(fields=["revision", "updated_at"])
    facts = {"part": section.code, "revision": section.revision} | (after or {})
    verb = "暂存" if typed else "保存"
    events.record("application.save", f"{verb}“{label}”", application, by=by, after=facts)


@workflow.action
def keep_typed(application: Application, *, code: str, fields: dict, faults: int, revision: int, by) -> None:
    """Keep what was typed into a part and cannot be stored yet, as it stands; `faults` of it are wrong, not missing.

    The stored content stays as it was. Submitting is refused until the part is stored whole.
    """
    section = open_part(application, code, revision, by=by)
    fields = {str(name): str(value).replace("\x00", "") for name, value in fields.items()}
    if sum(len(name) + len(value) for name, value in fields.items()) > KEPT_MAX:
        raise Invalid("填写的内容过长，没有保存。请精简后再保存。")
    if section.typed.get("fields") == fields:
        return
    part = part_of(application, code)
    close_part(
        application,
        section,
        part.label if part else code,
        by=by,
        typed={"fields": fields, "faults": faults},
        after={"kept": len(fields)},
    )


def part_revision(application: Application, code: str) -> int:
    """The revision that a form of this part starts from; 0 before the first save."""
    return next((row.revision for row in application.sections.all() if row.code == code), 0)


def section_row(application: Application, code: str) -> ApplicationSection | None:
    """The part's row with who saved it last and when; None before the first save."""
    return next((row for row in application.sections.all() if row.code == code and row.revision), None)


def can_discard(application: Application, user) -> bool:
    """Whether the person may delete this draft."""
    return access.allowed(user, "projects.discard_application", application)


@workflow.action
def discard_draft(application: Application, *, by) -> None:
    """Delete a draft that was never submitted; title, unit and number of files stay in the log.

    Submitted versions are append-only, so that an application with one can be withdrawn but never deleted.
    """
    hold(application)
    if not can_discard(application, by):
        raise NotAllowed(
            "不能删除：只有填报人或单位管理员可以删除从未提交过的草稿。提交过的申报书可以撤回，版本留存备查。",
            article="7(1)",
        )
    facts = {"title": application.title, "call": application.call_id, "consortium": application.consortium_id}
    facts |= {"revision": application.revision, "files": application.attachments.count()}
    events.record("application.discard", f"删除草稿“{application.title}”", application, by=by, before=facts)
    application.delete()
