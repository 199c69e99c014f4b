"""Nouns of units and consortia."""

import unicodedata

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from consortia.models import (
    AccountingSystem,
    Consortium,
    Membership,
    Registration,
    Seat,
    SeatRole,
    Unit,
    UnitKind,
    UnitName,
)
from consortia.seats import seats_of, unit_ids
from portal import editions, events
from portal.measures.credit_code import check_credit_code, normalise_credit_code
from portal.sealed import unseal

SESSION_KEY = "current_unit"
OUTSIDE = "外省市"
OWN_SEATS = ("drafter", "unitadmin", "leader", "supervisor")


def units_of(user) -> dict[int, str]:
    """Names by id of the approved units where the user sits, by name; no query beyond that of the seats."""
    return {seat.unit_id: seat.unit_name for seat in seats_of(user)}


def current_unit_id(request) -> int | None:
    """The unit the person works for now: the chosen one while the seat lasts, else the first with a seat of its own."""
    units = units_of(request.user)
    chosen = request.session.get(SESSION_KEY)
    if chosen is None and len(units) > 1:
        # The first page of a session: what the person chose last time, on whatever device.
        last = request.user.seats.filter(ended_at__isnull=True, chosen_at__isnull=False).order_by("-chosen_at")
        chosen = request.session[SESSION_KEY] = last.values_list("unit_id", flat=True).first() or 0
    if chosen in units:
        return chosen
    # A seat as member-unit staff is the weakest: whoever also drafts or leads elsewhere starts there.
    return min(unit_ids(request.user, *OWN_SEATS) or units, key=list(units).index, default=None)


def current_unit(request) -> Unit | None:
    """The unit of `current_unit_id`, with former names at hand."""
    pk = current_unit_id(request)
    return Unit.objects.prefetch_related("former_names").filter(pk=pk).first() if pk else None


def seats_in(unit):
    """Present people of a unit, by name."""
    return unit.seats.filter(ended_at__isnull=True).select_related("user").order_by("user__name", "role")


def heirs_of(unit, user) -> list:
    """One seat of each other person who can sign in, to hand the admin's role to."""
    rows = seats_in(unit).filter(user__is_active=True).exclude(user=user)
    return list({seat.user_id: seat for seat in rows}.values())


def account_of(unit) -> dict:
    """Name and bank of the registered account; never its number."""
    return {"bank_account_name": unit.bank_account_name, "bank_name": unit.bank_name}


def log_of(unit):
    """Events of a unit that its own people may read: what was done, not who was refused."""
    return events.of(unit).filter(outcome="ok").order_by("-id")


def told(event) -> dict:
    """An event for the unit's record, with what was changed in words."""
    lines = [event.note] if event.note else []
    lines += [_change_line(key, event) for key in event.after if key in _WORDS]
    facts = {"at": event.at, "actor_name": event.actor_name, "label": event.label, "article": event.article}
    return facts | {"note": "\n".join(lines), "outcome": event.outcome, "url": ""}


def _change_line(key: str, event) -> str:
    old, new = (_word(key, values.get(key, "")) for values in (event.before, event.after))
    return f"{_WORDS[key]}：{old} → {new}" if key in event.before else f"{_WORDS[key]}：{new}"


def _word(key: str, value) -> str:
    return str(_CODES.get(key, {}).get(value, value) or "（空）")


_WORDS = {
    field.name: field.verbose_name
    for field in Unit._meta.concrete_fields
    if field.name not in ("id", "public_id", "state", "state_note", "merged_into", "created_at")
} | {"until": "原名称使用至", "role": "角色", "to": "单位管理员"}
_CODES = {
    "kind": dict(UnitKind.choices),
    "accounting_system": dict(AccountingSystem.choices),
    "role": dict(SeatRole.choices),
}


def comparison(change, *, is_masked: bool = True) -> list[tuple[str, str, str]]:
    """(field, registered value, wanted value) of a change; account numbers end-only unless told otherwise."""
    rows = []
    for key, new in change.wanted.items():
        pair = (getattr(change.unit, key), unseal(new) if key == "bank_account" else new)
        if key == "bank_account" and is_masked:
            pair = tuple(f"****{value[-4:]}" if value else "" for value in pair)
        rows.append((_WORDS[key], *(_word(key, value) for value in pair)))
    return rows


def history_of(consortium) -> list[dict]:
    """Qualification and leadership of a consortium on one line of time, newest first, for the timeline."""
    lead = [
        {"at": row.since, "label": f"由{row.unit}牵头", "note": row.reason, "actor_name": _name(row.recorded_by)}
        for row in consortium.lead_terms.select_related("unit", "recorded_by")
    ]
    status = [
        {
            "at": row.since,
            "label": f"资格：{row.get_status_display()}",
            "note": row.reason,
            "actor_name": _name(row.recorded_by),
            "article": "20",
        }
        for row in consortium.qualifications.select_related("recorded_by")
    ]
    return sorted([*lead, *status], key=lambda entry: entry["at"], reverse=True)


def _name(user) -> str:
    return user.name if user else ""


def hints_on(unit) -> list[str]:
    """What deserves a second look before a registration is decided (A4)."""
    hints = [check_credit_code(unit.credit_code).warning or ""]
    plain = _plain_name(unit.name)
    core = plain[:4]
    alike = Unit.objects.exclude(pk=unit.pk).filter(name__icontains=core).values_list("name", "credit_code")[:200]
    hints += [
        f"名称与已登记的“{name}”（{code}）相同，请核实是否同一单位。"
        for name, code in alike
        if _plain_name(name) == plain
    ]
    return [hint for hint in hints if hint]


def _plain_name(name: str) -> str:
    """A name without what people write in several ways: width, brackets, blanks."""
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


def registration(pk) -> Registration | None:
    """A registration by its key in a session."""
    return Registration.objects.select_related("unit").filter(pk=pk).first() if pk else None


def registration_by_code(code: str) -> Registration | None:
    """A registration by its query code, typed with or without dashes, blanks and capitals."""
    plain = "".join(char for char in code.upper() if char.isascii() and char.isalnum())
    wanted = "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))
    return Registration.objects.select_related("unit").filter(query_code=wanted).first()


def refused_registration(pk) -> Registration | None:
    """The registration, when it was refused and may be mended."""
    found = registration(pk)
    if found is None or found.is_repeat or found.standing != "rejected":
        return None
    # Somebody else may have sent the form for the same code later: what he typed is not for this sender.
    return None if found.unit.registrations.filter(is_repeat=False, pk__gt=found.pk).exists() else found


def as_typed(registration) -> dict:
    """What the form of a refused registration held."""
    if registration is None:
        return {}
    names = ("credit_code", "kind", "district", "accounting_system", "legal_representative", "address", "name")
    contact = {key: getattr(registration, key) for key in ("contact_name", "contact_phone", "contact_email")}
    return {key: getattr(registration.unit, key) for key in names} | contact


def consortia_of(user, unit_id=None):
    """The user's consortia for a list, of one unit or of all, with status, members and whether a membership waits."""
    mine = Membership.objects.filter(
        consortium=OuterRef("pk"),
        unit_id__in=unit_ids(user, "member", "unitadmin"),
        left_on__isnull=True,
        role="member",
        confirmed_at__isnull=True,
    )
    rows = Consortium.objects.filter(pk__in=Consortium.objects.visible_to(user).values("pk"))
    if unit_id is not None:
        present = Membership.objects.filter(consortium=OuterRef("pk"), unit_id=unit_id, left_on__isnull=True)
        rows = rows.filter(Q(lead_unit_id=unit_id) | Exists(present))
        mine = mine.filter(unit_id=unit_id)
    rows = rows.select_related("lead_unit").with_status(timezone.localdate())
    present = Count("memberships", filter=Q(memberships__left_on__isnull=True))
    return rows.annotate(members=present, waits=Exists(mine)).order_by("name")


def waiting_for(user, consortium):
    """Memberships of the user's units in the consortium that nobody has confirmed (9)."""
    rows = consortium.memberships.filter(role="member", left_on__isnull=True, confirmed_at__isnull=True)
    return rows.filter(unit_id__in=unit_ids(user, "member", "unitadmin")).select_related("unit")


_STANDING = {
    "present": Q(left_on__isnull=True),
    "left": Q(left_on__isnull=False),
    "waiting": Q(left_on__isnull=True, role="member", confirmed_at__isnull=True, dispute=""),
    "disputed": Q(left_on__isnull=True) & ~Q(dispute=""),
}


def members_of(consortium, *, standing: str = "", q: str = ""):
    """Members of a consortium, present ones first, with unit and agreement and whether anybody speaks for the unit."""
    rows = consortium.memberships.select_related("unit", "agreement", "confirmed_by")
    if standing in _STANDING:
        rows = rows.filter(_STANDING[standing])
    if q:
        code = normalise_credit_code(q)
        rows = rows.filter(
            Q(unit__name__icontains=q)
            | Q(unit__credit_code__icontains=code or q)
            | Exists(UnitName.objects.filter(unit=OuterRef("unit"), name__icontains=q))
        )
    people = Seat.objects.filter(unit=OuterRef("unit"), ended_at__isnull=True, user__is_active=True)
    rows = rows.annotate(has_people=Exists(people.filter(role__in=("member", "unitadmin"))))
    return rows.order_by(F("left_on").desc(nulls_first=True), "role", "joined_on", "pk")


def lead_terms_of(consortium):
    """Who led from when, newest first."""
    return consortium.lead_terms.select_related("unit")


def field_choices() -> list[tuple[str, str]]:
    """Fields of article 2 in the newest edition; consortia store the names."""
    return [(item.name, item.name) for item in _newest().fields]


def district_choices(*, outside: bool = False) -> list[tuple[str, str]]:
    """Districts of Beijing in the newest edition; `outside` adds a choice for units registered elsewhere."""
    names = [item.name for item in _newest().districts]
    return [(name, name) for name in ([*names, OUTSIDE] if outside else names)]


def _newest():
    return editions.edition(editions.codes()[-1])
