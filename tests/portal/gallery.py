"""URLconf that shows every component and kernel page; used by tests and for looking at them."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone

from portal import access
from portal.models import User
from tests.portal.gallery_samples import FilterForm, LoginForm, SampleForm, Stated, page_samples, people_and_money


def components(request):
    """Every component once, with a form that has errors."""
    form = SampleForm({"title": "长" * 31, "amount": "1e5", "members": "５", "summary": ""})
    return render(request, "gallery.html", page_samples() | {"form": form, "filter_form": FilterForm()})


def public_home(request):
    """The public front page."""
    now = timezone.now()
    call = {
        "title": "2025 年科创协同区域行动项目申报通知",
        "summary": "面向北京市科协支持建设的科创协同联合体牵头单位，支持联合体扩容、在京成果转化和产业创新活动。",
        "state_label": "受理中",
        "state_tone": "ok",
        "opens_at": now - timedelta(days=20),
        "closes_at": now + timedelta(days=2, hours=5),
        "url": "/call",
        "grant": Decimal(300000),
        "quota": 20,
        "pdf_url": "/call.pdf",
    }
    notices = [{"title": "关于 2025 年拟支持项目名单的公示", "url": "/n", "until": now + timedelta(days=4)}]
    results = [{"title": "2024 年项目验收结果", "url": "/r", "at": now - timedelta(days=90)}]
    return render(request, "portal/public_home.html", {"call": call, "notices": notices, "results": results})


def home(request):
    """Home of a signed-in person."""
    return render(request, "portal/home.html", page_samples())


def login(request):
    """Login with the demo panel."""
    roles = [
        "填报人",
        "项目负责人",
        "单位管理员",
        "监督专员",
        "成员单位",
        "评审专家",
        "中心经办",
        "中心财务",
        "中心负责人",
        "市科协",
        "审计",
        "系统管理员",
    ]
    accounts = [(role, f"demo{index}") for index, role in enumerate(roles)]
    form = LoginForm()
    return render(request, "portal/login.html", {"form": form, "demo_accounts": accounts, "demo_password": "demo-2025"})


def search(request):
    """Search results."""
    hits = [
        {
            "title": "空天信息产业协同创新示范",
            "url": "/p",
            "meta": "京科协协同2025-0012",
            "obj": Stated("running", "执行中"),
        }
    ]
    return render(request, "portal/search.html", {"q": "空天", "total": 1, "groups": [("项目", hits, 1)]})


def notifications(request):
    """Inbox."""
    now = timezone.now()
    rows = [
        SimpleNamespace(
            title="申报材料需要补正",
            body="请在 6 月 3 日 17:00 前补正联合体协议。",
            url="/p",
            created_at=now,
            read_at=None,
        ),
        SimpleNamespace(title="拟支持名单开始公示", body="", url="", created_at=now - timedelta(days=3), read_at=now),
    ]
    return render(request, "portal/notifications.html", {"page": Paginator(rows, 20).get_page(1), "unread": 1})


def verify(request):
    """Verification of a document, found or not."""
    document = SimpleNamespace(
        title="任务合同书", version=2, finished_at=timezone.now(), sha256="ab12" * 16, input_digest="cd34" * 16
    )
    found = SimpleNamespace(document=document, kind="任务合同书", number="甲〔2026〕7号", superseded_by=3, standing="")
    code = request.GET.get("code", "")
    return render(request, "portal/verify.html", {"code": code, "found": found if code == "good" else None})


def confirm(request):
    """A confirmation page."""
    context = {
        "title": "撤回申报",
        "subject": "京科协协同2025-0012 空天信息产业协同创新示范",
        "consequences": ["申报回到草稿，名额退还给本单位。", "已提交的第 1 版留存备查。"],
        "irreversible": "截止时间之后不能再次提交。",
        "submit_label": "撤回申报",
        "danger": True,
        "cancel_url": "/p",
    }
    return render(request, "components/confirm.html", context)


def error(request, status):
    """An error page by status; 409 with findings."""
    refusal = SimpleNamespace(
        message="不能提交：本单位今年已提交 2 个项目（京科协协同2025-0012、-0031）。",
        article="5(1)1",
        fix="撤回其中一个后再提交。",
        findings=(),
    )
    return render(
        request,
        f"{status}.html",
        {"refusal": refusal, "reason": refusal.message} if status in {403, 409} else {},
        status=status,
    )


def menu(request):
    """The header of somebody who has signed in and has two units."""
    request.user = User(pk=1, username="drafter", name="李明远")
    return render(request, "portal/home.html", page_samples())


def score(request):
    """A score sheet with running total and autosave."""
    return render(request, "gallery_score.html", {"criteria": [("目标与指标", 20), ("实施方案", 30)]})


def save(request):
    """Where the score sheet saves itself; refuses a score of 13."""
    return HttpResponse(status=409 if request.POST.get("score-1") == "13" else 204)


def cockpit(request):
    """The admin index with stages and to-dos."""
    names = ["待形审", "评审中", "公示中", "异议", "待签约", "执行", "待核凭证", "待验收", "整改"]
    counts = [(12, 2), (30, 0), (1, 0), (1, 1), (8, 0), (40, 0), (215, 12), (3, 0), (0, 0)]
    stages = [
        {"label": name, "url": "/s", "count": count, "overdue": overdue}
        for name, (count, overdue) in zip(names, counts, strict=True)
    ]
    context = {"title": "工作台", "year": 2025, "stages": stages, "todos": people_and_money()["todos"], "app_list": []}
    return render(request, "admin/index.html", context)


PAGES = {
    "gallery": components,
    "home": home,
    "public_home": public_home,
    "sample_login": login,
    "search": search,
    "sample_notifications": notifications,
    "sample_verify": verify,
    "sample_confirm": confirm,
    "sample_menu": menu,
    "sample_score": score,
    "sample_cockpit": cockpit,
}
_open = access.page(access.PUBLIC, methods=("GET", "POST"))
urlpatterns = [path(f"{name}/", _open(view), name=name) for name, view in PAGES.items()]
urlpatterns += [
    path("error/<int:status>/", _open(error), name="sample_error"),
    path("save/", _open(save), name="sample_save"),
    path("unit/", _open(home), name="switch_unit"),
    path("", include("portal.urls")),
]
