"""Pages of consortia: list, detail, members, confirmation by the member unit."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from consortia import queries
from consortia.actions import consortia
from consortia.forms.consortia import DisputeForm, LeaveForm, MemberFilter, MemberForm, MemberPartForm
from consortia.models import Consortium, Membership
from consortia.views.frame import attempt
from portal import access, files
from portal.access import UNIT_ROLES, page
from portal.measures.workdays import date_cn

PAGE_SIZE = 50
AGREEMENT_BYTES = 20 * 1024 * 1024
JOINING = {
    "title": "确认加入联合体",
    "consequences": ["确认后，贵单位按协议配合完成任务（办法第九条）。", "牵头单位会收到通知。"],
    "submit_label": "确认加入",
}


DISPUTE = {
    "title": "不予确认",
    "consequences": ["牵头单位会收到理由，须更正或登记退出。", "未经贵单位确认的成员关系会标明“不予确认”。"],
    "submit_label": "告知牵头单位",
    "danger": True,
}


@page(*UNIT_ROLES)
def my_consortia(request):
    """The consortia of the unit that the person works for now."""
    unit_id, units = queries.current_unit_id(request), queries.units_of(request.user)
    found = queries.consortia_of(request.user, unit_id)
    rows = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    others = [name for pk, name in units.items() if pk != unit_id]
    return render(request, "consortia/list.html", {"page": rows, "unit_name": units[unit_id], "others": others})


def _consortium(request, public_id) -> Consortium:
    rows = Consortium.objects.visible_to(request.user).select_related("lead_unit", "founding_file")
    found = get_object_or_404(rows, public_id=public_id)
    return access.require(request.user, "consortia.view_consortium", found)


@page(*UNIT_ROLES)
def detail(request, public_id):
    """Members with dates and agreements, qualification as a dated history."""
    consortium = _consortium(request, public_id)
    form = MemberFilter(request.GET)
    members = queries.members_of(consortium, **(form.cleaned_data if form.is_valid() else {}))
    context = {
        "consortium": consortium,
        "page": Paginator(members, PAGE_SIZE).get_page(request.GET.get("page")),
        "filter_form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "qualifications": consortium.qualifications.all(),
        "lead_terms": queries.lead_terms_of(consortium),
        "may_manage": access.allowed(request.user, "consortia.manage_members", consortium),
        "waiting": queries.waiting_for(request.user, consortium),
    }
    return render(request, "consortia/detail.html", context)


def _agreement(data, user):
    """Store the uploaded agreement (PDF by content), or None."""
    upload = data.get("agreement")
    if upload is None:
        return None
    return files.store(upload.read(), upload.name, by=user, formats=("pdf",), max_bytes=AGREEMENT_BYTES)


def _add(consortium, data, user) -> Membership:
    values = {key: data[key] for key in ("joined_on", "chain_position", "task")}
    agreement = _agreement(data, user)
    return consortia.add_member(consortium=consortium, unit=data["credit_code"], agreement=agreement, by=user, **values)


@page("drafter", "unitadmin", methods=("GET", "POST"))
def add_member(request, public_id):
    """Take a unit into the consortium."""
    consortium = _consortium(request, public_id)
    access.require(request.user, "consortia.manage_members", consortium)
    form = MemberForm(request.POST or None, request.FILES or None)
    row, status = attempt(request, form, lambda data: _add(consortium, data, request.user))
    if row:
        messages.success(request, f"已增加成员“{row.unit}”，并通知对方确认。")
        return redirect("consortium", public_id)
    return _member_form(request, form, consortium, "增加成员单位", status)


def _member_form(request, form, consortium, title, status):
    context = {"form": form, "consortium": consortium, "heading": title}
    return render(request, "consortia/member_form.html", context, status=status)


def _membership(request, pk) -> Membership:
    rows = Membership.objects.select_related("consortium__lead_unit", "unit", "agreement")
    row = get_object_or_404(rows, pk=pk)
    return access.require(request.user, "consortia.view_membership", row)


@page("drafter", "unitadmin", methods=("GET", "POST"))
def edit_member(request, pk):
    """Change the part of a member or replace its agreement."""
    row = _membership(request, pk)
    access.require(request.user, "consortia.manage_members", row.consortium)
    initial = {"chain_position": row.chain_position, "task": row.task}
    form = MemberPartForm(request.POST or None, request.FILES or None, initial=initial)
    done, status = attempt(request, form, lambda data: _change(row, data, request.user))
    if done:
        messages.success(request, "已保存，并请对方重新确认。")
        return redirect("consortium", row.consortium.public_id)
    return _member_form(request, form, row.consortium, f"成员分工：{row.unit}", status)


def _change(row, data, user) -> Membership:
    values = data | {"agreement": _agreement(data, user)}
    return consortia.update_member(row, by=user, **values)


@page("drafter", "unitadmin", methods=("GET", "POST"))
def end_membership(request, pk):
    """Confirm, then end a membership."""
    row = _membership(request, pk)
    access.require(request.user, "consortia.manage_members", row.consortium)
    form = LeaveForm(request.POST or None)
    done, status = attempt(request, form, lambda data: consortia.end_membership(row, by=request.user, **data))
    if done:
        messages.success(request, f"已登记“{row.unit}”退出。")
        return redirect("consortium", row.consortium.public_id)
    return render(request, "components/confirm.html", _leaving(row) | {"form": form}, status=status)


def _leaving(row) -> dict:
    return {
        "title": "登记成员退出",
        "subject": f"{row.unit}（{row.consortium}）",
        "consequences": [
            "退出后不再计入联合体现有成员，也不计入年度扩容。",
            "对方会收到通知；加入与退出记录都会保留。",
        ],
        "submit_label": "登记退出",
        "cancel_url": reverse("consortium", args=[row.consortium.public_id]),
        "danger": True,
    }


@page("member", "unitadmin", methods=("GET", "POST"))
def confirm_membership(request, pk):
    """The member unit confirms its membership and its part (9)."""
    row = _membership(request, pk)
    access.require(request.user, "consortia.confirm_membership", row)
    if request.method == "POST":
        consortia.confirm_membership(row, by=request.user)
        messages.success(request, "已确认。")
        return redirect("consortium", row.consortium.public_id)
    return render(request, "consortia/confirm_membership.html", _joining(row) | {"membership": row})


@page("member", "unitadmin", methods=("GET", "POST"))
def dispute_membership(request, pk):
    """The member unit says why it does not confirm."""
    row = _membership(request, pk)
    access.require(request.user, "consortia.confirm_membership", row)
    form = DisputeForm(request.POST or None)
    done, status = attempt(request, form, lambda data: consortia.dispute_membership(row, by=request.user, **data))
    if done:
        messages.success(request, "已告知牵头单位。更正后会请贵单位重新确认。")
        return redirect("consortium", row.consortium.public_id)
    context = _joining(row) | DISPUTE | {"form": form}
    return render(request, "components/confirm.html", context, status=status)


def _joining(row) -> dict:
    rows = [
        {"label": "联合体", "value": row.consortium},
        {"label": "牵头单位", "value": row.consortium.lead_unit},
        {"label": "加入日期", "value": date_cn(row.joined_on)},
        {"label": "产业链位置", "value": row.chain_position or "—"},
        {"label": "承担任务", "value": row.task or "—"},
    ]
    return {
        **JOINING,
        "subject": row.unit,
        "rows": rows,
        "cancel_url": reverse("consortium", args=[row.consortium.public_id]),
    }
