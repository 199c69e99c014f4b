"""Pages where the unit sees what the ban check says of its lines and answers (14, 18)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from funding.actions.answers import answer_line
from funding.forms.answers import LineAnswerForm
from funding.queries.answers import answers_of, finding_rows, is_open
from funding.views.frame import KEEPERS, PAGE_SIZE, attempt, bind
from portal import access
from portal.access import page
from projects.views.frame import READERS, project_frame, project_of


@page(*READERS)
def ledger_findings(request, public_id):
    """The project's lines that are held or banned, with clause, reason and the paper that would settle each."""
    project = project_of(request, public_id)
    rows, papers = finding_rows(project)
    listed = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = list(listed)
    for line in lines:
        line.paper = papers.get(line.article_item, "")
    may_answer = access.allowed(request.user, "funding.answer_line", project)
    context = project_frame(request, project, "ledger", page=listed, lines=lines, may_answer=may_answer)
    return render(request, "funding/findings.html", context)


@page(*KEEPERS, methods=("GET", "POST"))
def ledger_answer(request, public_id, pk):
    """Answer one line with text and files; earlier answers stay."""
    project = project_of(request, public_id)
    line = get_object_or_404(finding_rows(project, only_held=False)[0], pk=pk)
    access.require(request.user, "funding.answer_line", project)
    form = bind(LineAnswerForm, request)
    done, status = attempt(form, lambda **data: answer_line(line, by=request.user, **data))
    if done:
        messages.success(request, f"已提交对凭证 {line.voucher_no} 的说明，已通知中心财务。")
        return redirect("ledger_line", public_id=public_id, pk=pk)
    decisions = list(line.decisions.select_related("decided_by").order_by("-id"))
    context = {"line": line, "decisions": decisions, "answers": answers_of(line), "form": form}
    context["may_answer"] = is_open(line, decisions)
    context["paper"] = finding_rows(project)[1].get(line.article_item, "")
    context["back_url"] = reverse("ledger_findings", args=[public_id])
    return render(request, "funding/answer.html", project_frame(request, project, "ledger", **context), status=status)
