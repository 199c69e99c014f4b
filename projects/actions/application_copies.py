"""A new draft from an earlier application of the same unit (C1): what is taken over, and what the new year changes."""

from dataclasses import dataclass
from datetime import timedelta

from consortia.seats import people_of, unit_ids
from portal import access, editions, events, workflow
from portal.errors import NotAllowed
from portal.measures.articles import article_label
from projects.actions.applications import start_application
from projects.models import Application, ApplicationSection, BudgetLine, KpiTarget, Stage, TeamMember


@dataclass(frozen=True)
class Copied:
    """The new draft, and in sentences what was not taken over as it was."""

    draft: Application
    changes: tuple[str, ...]


@workflow.action
def copy_from(previous: Application, *, call, by, title: str = "") -> Copied:
    """A new draft in `call` with the texts, tables and people of an earlier application; files are never copied.

    Dates move with the period of the new call, indicators get names, units and floors of its edition (10(1)), and a
    target below a raised floor is raised to it. Refused like any start (5, 8(1), 11, 17, 20).
    """
    if not access.allowed(by, "projects.view_application", previous) or previous.lead_unit_id not in unit_ids(by):
        raise NotAllowed("只能复制本单位的申报书。")
    draft = start_application(call=call, consortium=previous.consortium, title=title or previous.title, by=by)
    edition = editions.edition(call.edition)
    shift = draft.start_on - previous.start_on if previous.start_on else timedelta(0)
    changes = [*_copy_cover(previous, draft), *_copy_texts(previous, draft, edition, by)]
    for model in (BudgetLine, Stage, TeamMember):
        for row in model.objects.filter(application=previous):
            _move_row(row, draft, shift)
    for source in previous.funding_sources.exclude(kind="grant"):
        _move_row(source, draft, shift)
    changes += _copy_targets(previous, draft, edition, shift)
    events.record("application.copy", "由以往申报书复制", draft, by=by, after={"from": previous.pk, "changes": changes})
    return Copied(draft, tuple(changes))


def _copy_cover(previous: Application, draft: Application) -> list[str]:
    for name in ("field", "district", "supervisor_name", "supervisor_phone"):
        setattr(draft, name, getattr(previous, name))
    leader = previous.leader
    if leader is not None and leader in people_of(draft.lead_unit, "leader", "drafter", "unitadmin"):
        draft.leader = leader
    draft.save()
    gone = leader is not None and draft.leader is None
    return [f"原项目负责人{leader.name}已不在本单位任职，请重新指定（第七条）。"] if gone else []


def _copy_texts(previous: Application, draft: Application, edition, by) -> list[str]:
    known = {section.code for section in edition.sections}
    left = 0
    for section in previous.sections.exclude(body={}):
        if section.code in known:
            ApplicationSection.objects.create(application=draft, code=section.code, body=section.body, updated_by=by)
        else:
            left += 1
    return [f"有 {left} 个章节本年度不再要求，没有复制。"] if left else []


def _copy_targets(previous: Application, draft: Application, edition, shift) -> list[str]:
    known = {kpi.code: kpi for kpi in edition.kpis}
    changes, further = [], 0
    for row in KpiTarget.objects.filter(application=previous):
        kpi = known.get(row.code)
        if kpi is None:
            further += 1
            row.code, row.floor = f"further_{further}", 0
        else:
            if row.target < kpi.floor:
                clause = article_label(kpi.article)
                changes.append(
                    f"“{kpi.name}”的目标值由 {row.target} 提高到本年度的底线 {kpi.floor} {kpi.unit}（{clause}）。"
                )
            row.name, row.unit, row.floor = kpi.name, kpi.unit, kpi.floor
            row.target = max(row.target, kpi.floor)
        _move_row(row, draft, shift)
    return changes


def _move_row(row, draft: Application, shift) -> None:
    row.pk = None
    row._state.adding = True
    row.application = draft
    for name in ("start_on", "end_on", "due_on"):
        if getattr(row, name, None):
            setattr(row, name, getattr(row, name) + shift)
    row.save()
