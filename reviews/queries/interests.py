"""What the center sees of conflicts: of one expert, of one application, and the same person in other accounts (R12)."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from consortia.models import Seat
from portal.measures.workdays import date_cn
from portal.models import User
from projects.models import Application
from reviews import conflicts
from reviews.assignment import CLOSED
from reviews.conflicts import Conflict
from reviews.models import Assignment, Expert, ExpertConflict
from reviews.states import SEEING_STATES

IN_VIEW = ("eligible", "under_review", "scored")


@dataclass(frozen=True)
class Found:
    """One conflict or hint between an expert and an application."""

    expert: Expert
    application: Application
    conflict: Conflict

    @property
    def kind(self) -> str:
        """The kind in words."""
        return dict(ExpertConflict._meta.get_field("kind").choices)[self.conflict.kind]

    @property
    def source(self) -> str:
        """The source in words."""
        return conflicts.SOURCES[self.conflict.source]


def applications_in_view():
    """Applications that are judged or wait for it: passed the formality check, not yet decided."""
    rows = Application.objects.filter(Q(state__in=IN_VIEW) | Q(project__state__in=["final_submitted", "evaluating"]))
    return rows.select_related("call", "lead_unit").distinct().order_by("pk")


def records(**subject):
    """Recorded conflicts of an expert or an application, ended ones too, newest first."""
    rows = ExpertConflict.objects.filter(**subject)
    return rows.select_related("expert__user", "unit", "application", "recorded_by", "ended_by").order_by("-pk")


def between(experts, applications) -> tuple[list[Found], list[Found]]:
    """(conflicts, open hints) between these people and these applications, in the order of both."""
    experts = {expert.pk: expert for expert in experts}
    applications = {application.pk: application for application in applications}
    survey = conflicts.survey(experts.values(), applications.values())

    def rows(pairs) -> list[Found]:
        return [
            Found(experts[expert_id], applications[application_id], conflict)
            for (expert_id, application_id), found in sorted(pairs.items())
            for conflict in found
        ]

    return rows(survey.conflicts), rows(survey.hints)


def live_seats(**subject) -> set[tuple[int, int]]:
    """(expert id, application id) where somebody sits now: a conflict there would have to be acted on."""
    seats = Assignment.objects.filter(state__in=SEEING_STATES, **subject)
    columns = ("expert_id", "item__application_id", "item__project__application_id")
    return {(expert, direct or behind) for expert, direct, behind in seats.values_list(*columns)}


def other_accounts(expert: Expert) -> list[str]:
    """Who else the expert may be: his own seats, accounts of the same telephone (surely he) or name (perhaps)."""
    user = expert.user
    same = Q(pk=user.pk) | Q(name=user.name)
    same |= Q(phone=user.phone) if user.phone else Q()
    seats: dict[int, list[str]] = {}
    for seat in Seat.objects.filter(user__in=User.objects.filter(same), ended_at=None).select_related("unit"):
        seats.setdefault(seat.user_id, []).append(f"“{seat.unit.name}”{seat.get_role_display()}")
    lines = []
    for other in User.objects.filter(same).order_by("pk"):
        held = f"，任{'、'.join(seats[other.pk])}" if other.pk in seats else ""
        if other.pk == user.pk and held:
            lines.append(f"本人账号同时在申报单位任职{held}。")
        elif other.pk != user.pk and user.phone and other.phone == user.phone:
            lines.append(f"账号“{other.username}”（{other.name}）与本人手机号相同，按同一人回避{held}。")
        elif other.pk != user.pk and held:
            lines.append(f"账号“{other.username}”与本人同名{held}；遇其单位的项目须先核实是否同一人。")
    return lines


def standing(expert: Expert) -> str:
    """Whether the expert can be asked today, in words with dates; `absences` should be prefetched."""
    today = timezone.localdate()
    if not expert.user.is_active or expert.user.duty:
        return CLOSED["account"]
    if not expert.available:
        return CLOSED["off"]
    if expert.term_until and expert.term_until < today:
        return f"聘期已满（{date_cn(expert.term_until)}）"
    for row in sorted(expert.absences.all(), key=lambda row: row.away_from):
        if row.away_to is None or row.away_to >= today:
            until = f"至{date_cn(row.away_to)}" if row.away_to else "起，另行通知"
            word = "不便" if row.away_from <= today else "将有不便"
            return f"{word}：{date_cn(row.away_from)}{until}{f'，{row.note}' if row.note else ''}"
    return "可安排"


def about_hint(expert: Expert, applications, key: str) -> str:
    """The sentence of a hint as it stands now, or as it was when it was last decided; "" when there is none."""
    _, hints = between([expert], applications)
    for row in hints:
        if row.conflict.key == key:
            return row.conflict.text
    decided = expert.hint_checks.filter(key=key).first()
    return decided.about if decided else ""
