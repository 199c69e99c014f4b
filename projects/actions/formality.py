"""The decisions of the formality check (5, 7, 8(1)): nothing unchecked ever counts as passed; wrong ones are mended."""

from portal import workflow
from portal.errors import Invalid, Refused
from portal.measures.workdays import datetime_cn
from projects import extensions
from projects.actions.application_editing import hold
from projects.actions.formality_checks import (
    Answer,
    open_checks,
    record_item,
    record_items,
    reopen_rows,
    require_officer,
    run_automatic,
)
from projects.actions.formality_letters import problems_of, tell_unit
from projects.actions.supplements import ask_supplement, extend_supplement, supply
from projects.documents import applications as papers
from projects.models import Application
from projects.queries.clock import database_now

__all__ = [
    "Answer",
    "ask_supplement",
    "extend_supplement",
    "fail_formality",
    "open_checks",
    "pass_formality",
    "reasons",
    "record_item",
    "record_items",
    "reopen_formality",
    "run_automatic",
    "start_review",
    "supply",
]  # fmt: skip


@workflow.action
def pass_formality(application: Application, *, by, note: str = "") -> Application:
    """Declare the application formally sound; every rule must have passed, judged anew now."""
    hold(application)
    require_officer(application, by)
    if application.state == "submitted":
        items = run_automatic(application, by=by)
        missing = [item for item in items if item.result != "pass"]
        if missing or not items:
            names = "、".join(f"{item.title}（{item.get_result_display()}）" for item in missing) or "尚未开始审查"
            raise Refused(
                f"不能判定通过：还有 {len(missing)} 项没有通过：{names}。未审查的项目不能视为通过。",
                article="8(1)",
                fix="逐项审查后再判定。",
            )
    workflow.move(application, "pass_formality", by=by, note=note)
    tell_unit(application, "形式审查已通过", "申报书将进入专家评审。")
    return application


@workflow.action
def fail_formality(application: Application, *, by, note: str = "") -> Application:
    """Refuse the application for want of form, with reasons and a letter; while 补正 runs only after its deadline."""
    hold(application)
    note = note.strip()
    found = reasons(application, note)
    if not found:
        raise Invalid("判定不通过须写明理由。", article="5")
    if application.state == "supplement" and database_now() < application.supplement_request.due_at:
        until = datetime_cn(application.supplement_request.due_at)
        raise Refused(
            f"补正期限（{until}）尚未届满，不能判定不通过。", article="8(1)", fix="请等待期满或单位提交补正。"
        )
    workflow.move(application, "fail_formality", by=by, note=note)
    papers.request_letter(application, outcome="rejected", problems=found, by=by)
    tell_unit(application, "形式审查不通过", note or "理由见通知书。")
    return application


def reasons(application: Application, note: str = "") -> list[dict]:
    """What the letter of a refusal lists: the rows that did not pass, a 补正 that never came, the officer's words."""
    found = problems_of(application, "fail", "supplement")
    if application.state == "supplement":
        until = datetime_cn(application.supplement_request.due_at)
        fact = f"补正期限（{until}）届满，没有提交补正材料。"
        found.append({"item": "按期补正", "article": "8(1)", "fact": fact, "fix": ""})
    if note:
        found.append({"item": "审查意见", "article": "8(1)", "fact": note, "fix": ""})
    return found


@workflow.action
def reopen_formality(application: Application, *, by, note: str) -> Application:
    """Take a wrong decision back, with a reason, before experts began with this call (8(1), 8(2)).

    The application is submitted again; what was answered with 不通过 is unchecked and must be answered anew.
    """
    workflow.lock(application.call)
    hold(application)
    require_officer(application, by)
    note = note.strip()
    if not note:
        raise Invalid("撤销审查决定须写明理由。", article="8(1)")
    if any(started(application.call) for started in extensions.REVIEW_STARTED):
        raise Refused(
            "不能撤销审查决定：本次申报的专家评审已经开始。", article="8(2)", fix="确有错误的，请按申诉程序办理。"
        )
    was = application.get_state_display()
    workflow.move(application, "reopen_formality", by=by, note=note)
    if was == "形审不通过":
        papers.request_letter(
            application,
            outcome="revoked",
            problems=[{"item": "撤销理由", "article": "8(1)", "fact": note, "fix": "重新审查"}],
            by=by,
        )
    reopen_rows(application, "fail", "supplement", by=by)
    tell_unit(application, "形式审查决定已撤销，重新审查", f"原决定：{was}。撤销理由：{note}")
    return application


@workflow.action
def start_review(application: Application, *, by, note: str = "") -> Application:
    """Send an eligible application to expert review (8(2))."""
    hold(application)
    workflow.move(application, "start_review", by=by, note=note)
    return application
