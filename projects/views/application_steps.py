"""Steps of an application: each is confirmed on a page that says what will happen."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render

from portal import access, workflow
from portal.access import page
from portal.errors import Refused
from portal.measures.findings import blocks
from projects.actions import applications, formality
from projects.actions.application_editing import note_smuggled, smuggled
from projects.forms.applications import DeclareForm, NoteForm
from projects.queries.application_duties import WORKING
from projects.queries.application_tasks import DECLARATION_LABEL, address
from projects.queries.applications import findings, is_declared
from projects.queries.whole import as_whole
from projects.views.application_base import UNIT, WRITERS, fetch, trail_of, url_of
from projects.views.application_errors import show_refusal


@dataclass(frozen=True)
class Step:
    """A step: its edge in the state table, the action, what it brings about, and where it leads.

    `checked` says what the findings mean for it: "" nothing, "warn" they are shown, "block" they refuse it.
    """

    edge: str
    act: object
    consequences: tuple[str, ...]
    irreversible: str = ""
    done: str = "application"
    told: str = ""
    checked: str = ""
    frozen: tuple[str, ...] = ()


_FROZEN = (
    "全部文字、表格和附件",
    "单位与联合体的登记信息",
    "成员单位名单（作为年度扩容的基数，第十条（一）1）",
    "负责人声明",
)

STEPS = {
    "send": Step(
        "send_to_unit",
        applications.send_to_unit,
        ("申报书送单位管理员审核，审核期间不能修改。", "单位管理员可以提交，也可以退回修改。"),
        told="已送单位审核，等待单位管理员提交。",
        checked="warn",
    ),
    "return": Step(
        "return_to_draft",
        applications.return_to_draft,
        ("申报书退回草稿，填报人可以继续修改。",),
        told="已退回修改。",
    ),
    "submit": Step(
        "submit",
        applications.submit_application,
        ("内容和附件冻结为一个版本，生成受理编号和回执。", "管理单位开始形式审查。", "占用本单位一个申报名额。"),
        "提交后不能修改；形式审查前可以撤回。",
        "application_receipt",
        checked="block",
        frozen=_FROZEN,
    ),
    "withdraw": Step(
        "withdraw",
        applications.withdraw_application,
        ("申报书退出本次申报，名额随即释放。", "已提交的版本和回执留存备查。", "截止前可以恢复为草稿并重新提交。"),
        told="已撤回申报，名额已释放。",
    ),
    "reopen": Step(
        "reopen",
        applications.reopen_application,
        ("申报书恢复为草稿，须重新声明、审核和提交。",),
        told="已恢复为草稿，可以继续修改。",
    ),
    "supply": Step(
        "supply",
        formality.supply,
        ("补正后的内容冻结为新的版本。", "管理单位继续形式审查。"),
        "补正只有一次，提交后不能再修改。",
        "application_receipt",
        checked="block",
        frozen=_FROZEN,
    ),
}

DONE = 302  # the answer to a step that was done: on to the next page
# Steps back stand after the step forward.
BACKWARD = ("return_to_draft", "withdraw")


def bar(application, user, resume=None) -> list[dict]:
    """Buttons for this person now, the next step first; `resume` is the part to go on with, if there is one."""
    buttons = _step_buttons(application, user)
    working = application.state in WORKING
    if working and not is_declared(application) and access.allowed(user, "projects.declare_application", application):
        buttons.insert(0, {"label": "负责人声明", "url": url_of(application, "application_declare")})
    if resume is not None:
        buttons.insert(0, {"label": f"继续填写：{resume.label}", "url": address(application, resume.code)})
    if working:
        buttons.append({"label": "检查全部内容", "url": url_of(application, "application_check")})
    if application.state == "draft" and access.allowed(user, "projects.print_draft", application):
        buttons.append({"label": "打印草稿", "url": url_of(application, "application_print"), "post": True})
    return buttons


def _step_buttons(application, user) -> list[dict]:
    names = {step.edge: name for name, step in STEPS.items()}
    return [
        {"label": edge.label, "url": url_of(application, "application_step", names[key]), "danger": edge.danger}
        for key, edge in sorted(workflow.available(application, user), key=lambda pair: pair[0] in BACKWARD)
        if key in names
    ]


@page(*WRITERS, methods=("GET", "POST"))
def step(request, public_id, step):
    """Confirm one step, then do it; a refusal stays on the page with every reason."""
    application = fetch(request, public_id, whole=request.method != "POST")
    chosen = _known(step)
    form, status = NoteForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        if fields := smuggled(request.POST):
            note_smuggled(application, fields=fields, by=request.user)
        status = _act(request, application, chosen, form)
    if status == DONE:
        _tell(request, chosen.told)
        return redirect(url_of(application, chosen.done))
    return _confirm(request, as_whole(application), chosen, form, status)


def _act(request, application, chosen: Step, form) -> int:
    """Do the step; DONE, or the status of the refusal, which the form then shows."""
    if not form.is_valid():
        return 422
    try:
        chosen.act(application, by=request.user, note=form.cleaned_data["note"])
    except Refused as refusal:
        show_refusal(form, refusal)
        return refusal.status
    return DONE


def _tell(request, sentence: str) -> None:
    if sentence:
        messages.success(request, sentence)


def _known(name: str) -> Step:
    if name not in STEPS:
        raise Http404
    return STEPS[name]


def _confirm(request, application, chosen: Step, form, status: int):
    remarks = findings(application) if chosen.checked else ()
    context = {
        "application": application,
        "step": chosen,
        "edge": application.TRANSITIONS[chosen.edge],
        "remarks": remarks,
        "refused": len(blocks(remarks)),
        "until": _deadline(application) if chosen.checked else None,
        "may_act": chosen.edge in dict(workflow.available(application, request.user)),
        "back": url_of(application),
        "form": form,
        "trail": trail_of(application),
    }
    return render(request, "projects/application/step.html", context, status=status)


def _deadline(application):
    """The moment until which this can be handed in: of the call, or of the 补正."""
    return application.supplement_request.due_at if application.state == "supplement" else application.call.closes_at


@page(*WRITERS, methods=("GET", "POST"))
def declare(request, public_id):
    """The leader declares in his own name (7(1))."""
    application = fetch(request, public_id, "projects.declare_application")
    form = DeclareForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        applications.declare(application, by=request.user)
        messages.success(request, "已记录您的声明。此后内容如有改动，须重新声明。")
        return redirect(url_of(application))
    remarks = [row for row in findings(application) if row.subject != DECLARATION_LABEL]
    context = {"application": application, "form": form, "findings": remarks, "trail": trail_of(application)}
    context |= {"until": _deadline(application), "declared": is_declared(application), "refused": len(blocks(remarks))}
    return render(request, "projects/application/declare.html", context, status=422 if form.errors else 200)


@page(*UNIT, methods=("POST",))
def print_draft(request, public_id):
    """Ask for the watermarked print and show its progress."""
    application = fetch(request, public_id)
    document = applications.print_draft(application, by=request.user)
    return redirect("document", code=document.verification_code)
