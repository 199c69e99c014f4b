"""Sample data and forms of the component gallery: invented, in the shape that pages build."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator
from django.utils import timezone

from portal import forms as portal_forms

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


class LoginForm(portal_forms.PortalForm):
    """Name and password."""

    username = forms.CharField(label="登录名", max_length=64)
    password = forms.CharField(label="密码", widget=forms.PasswordInput)


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
