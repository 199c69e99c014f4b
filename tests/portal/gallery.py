"""URLconf and sample data that show every component and kernel page; used by tests and for looking at them."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone

from portal import access
from portal import forms as portal_forms
from portal.models import User

NAV = [
    {"label": label, "url": f"/{index}/", "is_current": index == 0}
    for index, label in enumerate(["首页", "申报", "项目", "经费", "联合体"])
]
UNITS = [(1, "北京晨曦智能装备研究院（虚构）", True), (2, "中关村未来产业促进会（虚构）", False)]


class Stated:
    """Anything with a state, as the badge wants it."""

    def __init__(self, state, label):
        self.state, self.label = state, label

    def get_state_display(self):
        return self.label


class SampleForm(portal_forms.PortalForm):
    """One field of each kind."""

    title = forms.CharField(label="项目名称", max_length=30, help_text="不超过 30 个字，与申报书封面一致。")
    amount = portal_forms.MoneyField(label="申请金额（元）", help_text="定额支持，填写到分。")
    members = portal_forms.PlainIntegerField(
        label="扩容家数", min_value=6, help_text="办法第十条（一）1：不少于 6 家。"
    )
    starts_on = forms.DateField(label="执行期开始")
    field = forms.ChoiceField(label="所属领域", choices=[("", "请选择"), ("ai", "人工智能"), ("space", "商业航天")])
    map_kind = forms.ChoiceField(
        label="图谱类型", choices=[("industry", "产业图谱"), ("talent", "人才图谱")], widget=forms.RadioSelect
    )
    partners = forms.MultipleChoiceField(
        label="联动单位",
        choices=[("district", "区政府"), ("bureau", "市属委办局"), ("society", "全国学会")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    summary = forms.CharField(label="立项依据", widget=forms.Textarea, max_length=2000)
    proposal = forms.FileField(label="联合体协议（盖章扫描件）", help_text="PDF，不超过 50 MB。")
    truthful = forms.BooleanField(label="我已核对，填报内容真实、准确、完整，并对此承担责任。")


class FilterForm(portal_forms.PortalForm):
    """Filters of a list."""

    state = forms.ChoiceField(label="状态", choices=[("", "全部"), ("running", "执行中")], required=False)
    q = forms.CharField(label="名称或编号", required=False)


def people_and_money():
    """Rows of a project as pages build them."""
    now = timezone.now()
    kpis = [
        {
            "label": "联合体扩容",
            "unit": "家",
            "floor": 6,
            "target": 8,
            "verified": 5,
            "claimed": 7,
            "article": "10(1)1",
        },
        {
            "label": "在京成果转化",
            "unit": "项",
            "floor": 3,
            "target": 4,
            "verified": 4,
            "claimed": 4,
            "article": "10(1)2",
        },
        {
            "label": "产业创新活动",
            "unit": "场",
            "floor": 1,
            "target": 1,
            "verified": 0,
            "claimed": 0,
            "article": "10(1)5",
        },
    ]
    todos = [
        {
            "what": "补正申报材料",
            "project": "京科协协同2025-0012 空天信息产业协同创新",
            "until": now + timedelta(days=2, hours=3),
            "url": "/t",
            "button": "去补正",
        },
        {
            "what": "确认成员单位任务分工",
            "project": "京科协协同2025-0031 智能装备联合攻关",
            "until": now + timedelta(days=12),
            "url": "/t",
            "button": "去确认",
        },
        {
            "what": "提交季度进展报告",
            "project": "京科协协同2024-0007 绿色工艺示范",
            "until": now - timedelta(days=1),
            "url": "/t",
            "button": "填写报告",
        },
    ]
    events = [
        {
            "at": now - timedelta(hours=2),
            "actor_name": "李明远",
            "label": "提交申报",
            "note": "",
            "outcome": "ok",
            "article": "8(1)",
            "target_label": "空天信息产业协同创新",
        },
        {
            "at": now - timedelta(days=1),
            "actor_name": "李明远",
            "label": "提交申报",
            "outcome": "refused",
            "article": "5(1)1",
            "note": "不能提交：本单位今年已提交 2 个项目（京科协协同2025-0012、-0031）。可撤回其中一个后再提交。",
        },
        {"at": now - timedelta(days=3), "actor_name": "系统", "label": "建立草稿", "outcome": "ok"},
    ]
    return {"kpis": kpis, "todos": todos, "events": events}


def page_samples():
    """Context that the component page and the kernel pages share."""
    now = timezone.now()
    samples = people_and_money()
    running = Stated("running", "执行中")
    return samples | {
        "trail": [("首页", "/"), ("项目", "/p")],
        "nav": NAV,
        "units": UNITS,
        "unread": 3,
        "role": "牵头单位 · 填报人 · 北京晨曦智能装备研究院（虚构）",
        "closes_at": now + timedelta(days=2),
        "project": running,
        "badges": [
            Stated("draft", "草稿"),
            Stated("running", "执行中"),
            Stated("approved", "已立项"),
            Stated("rectifying", "整改中"),
            Stated("revoked", "资格已撤销"),
        ],
        "actions": [
            {"label": "提交验收材料", "url": "/a"},
            {"label": "申请变更", "url": "/b"},
            {"label": "申请终止", "url": "/c", "danger": True},
        ],
        "tiles": [
            {"label": "拨付", "value": "¥300,000.00"},
            {"label": "已支出", "value": "¥182,450.00", "hint": "执行率 60%"},
            {"label": "待核凭证", "value": 7, "url": "/v", "tone": "warn", "hint": "3 天内处理"},
            {"label": "禁列支出", "value": 1, "url": "/v", "tone": "danger", "hint": "第 14(2) 条"},
        ],
        "tasks": [
            {"label": "项目基本信息", "url": "/1", "status": "已完成", "tone": "ok"},
            {"label": "绩效指标", "url": "/2", "status": "填写中", "tone": "info", "hint": "六项指标中已填四项"},
            {
                "label": "经费预算",
                "url": "/3",
                "status": "有问题",
                "tone": "danger",
                "hint": "支出合计与来源相差 ¥2,000.00",
            },
            {
                "label": "负责人承诺",
                "status": "不能开始",
                "tone": "quiet",
                "hint": "前面各部分完成后，由项目负责人办理",
            },
        ],
        "rows": [
            {"label": "项目名称", "value": "空天信息产业协同创新示范", "url": "/1"},
            {"label": "牵头单位", "value": "北京晨曦智能装备研究院（虚构）"},
            {"label": "项目负责人", "missing": True, "url": "/2"},
        ],
        "findings": [
            SimpleNamespace(
                severity="BLOCK",
                article="10(1)1",
                message="扩容家数为 5 家，低于底线 6 家。",
                subject="绩效指标第 1 行",
                fix="把目标值改为 6 家或以上。",
                url="/k",
            ),
            SimpleNamespace(
                severity="WARN",
                article="13",
                message="“其他”科目占预算的 32%。",
                subject="经费预算",
                fix="请核对能否归入明确的科目。",
                url="",
            ),
        ],
        "tabs": [
            ("概况", "/g", True, None),
            ("指标", "/k", False, 6),
            ("经费", "/m", False, 42),
            ("文书", "/d", False, 3),
        ],
        "page": Paginator(range(1, 118), 20).get_page(2),
        "active": [("状态：执行中", "/?q=1"), ("领域：人工智能", "/?q=2")],
        "progress": [
            {
                "title": "空天信息产业协同创新示范",
                "number": "京科协协同2025-0012",
                "url": "/p",
                "obj": running,
                "kpis": samples["kpis"],
                "spent": Decimal(182450),
                "amount": Decimal(300000),
                "money_text": "¥182,450.00 / ¥300,000.00",
                "until": now + timedelta(days=120),
            }
        ],
        "jobs": [
            {"state": "rendering", "title": "验收报告（第 1 版）", "progress": 60},
            {"state": "ready", "title": "任务合同书（第 2 版）"},
            {"state": "failed", "title": "公示文件（第 1 版）", "error": "字体中没有“䶮”字，已通知系统管理员。"},
        ],
    }


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


class LoginForm(portal_forms.PortalForm):
    """Name and password."""

    username = forms.CharField(label="登录名", max_length=64)
    password = forms.CharField(label="密码", widget=forms.PasswordInput)


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
    found = SimpleNamespace(title="任务合同书", version=2, finished_at=timezone.now(), sha256="ab12" * 16)
    code = request.GET.get("code", "")
    return render(request, "portal/verify.html", {"code": code, "document": found if code == "good" else None})


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
    "sample_cockpit": cockpit,
}
_open = access.page(access.PUBLIC, methods=("GET", "POST"))
urlpatterns = [path(f"{name}/", _open(view), name=name) for name, view in PAGES.items()]
urlpatterns += [
    path("error/<int:status>/", _open(error), name="sample_error"),
    path("unit/", _open(home), name="switch_unit"),
    path("admin/", admin.site.urls),
    path("", include("portal.site_urls")),
]
