"""Parts shared by the sample contexts: document identity, official frame, the invented project and its units."""

CENTER = "北京市科学技术协会创新服务中心"
BAST = "北京市科学技术协会"
CODE = "7K3M-9QXT-4H2P"


def doc(kind: str, number: str, *, issued_on: str = "2026-03-12", version: int = 1, draft: bool = False) -> dict:
    """Identity of the document: key `doc` of every context.

    `draft` prints the watermark 草稿; `digest` is the sha256 (hex) of the stored input snapshot.
    """
    return {
        "kind": kind,
        "number": number,
        "version": version,
        "template_version": "1",
        "issued_on": issued_on,
        "draft": draft,
        "digest": "9f2c4a71d0e85b36c1f7a2948e6d03b5571ac8e2f94d6b07a3c85e1f20d947bc",
        "verification_code": CODE,
        "verification_url": f"https://portal.example.cn/verify/{CODE}/",
    }


def official(title: str, addressee: str, doc_number: str, *, issued_on: str = "2026-03-12", **changes) -> dict:
    """The GB/T 9704 frame: key `official` of the official documents (empty lists leave their part out)."""
    return {
        "issuer_mark": CENTER,
        "doc_number": doc_number,
        "title": title,
        "addressee": addressee,
        "attachments": [],
        "signature_unit": CENTER,
        "issued_on": issued_on,
        "copies_to": [BAST],
        "print_unit": f"{CENTER}综合部",
        "printed_on": issued_on,
    } | changes


CONTACT = {
    "department": f"{CENTER}项目管理部",
    "person": "林知远",
    "phone": "010-5555 0101",
    "support_phone": "010-5555 0102",
    "supervision_phone": "010-5555 0109",
    "email": "xiangmu@example.cn",
    "address": "北京市西城区示例胡同1号创新服务中心302室",
    "postcode": "100000",
}
PROJECT = {
    "number": "京科协协同2026-0007",
    "name": "智能机器人关键部件京津冀协同创新与应用示范",
    "field": "人工智能",
    "district": "北京经济技术开发区",
    "consortium": "亦庄智能机器人科创协同联合体",
    "lead_unit": "北京星桥机器人研究院有限公司",
    "leader": "周景行",
    "supervisor": "沈若溪",
    "execution_from": "2026-05-06",
    "execution_to": "2026-12-15",
    "contract_number": "京科协协同合〔2026〕7号",
    "amount": "300000.00",
}
KPI_ROWS = [
    ("member_expansion", "新增成员单位", "家", "6", "8", "10(1)1", "入会协议、理事会决议、统一社会信用代码"),
    ("tech_transfer", "在京转化应用技术成果", "项", "3", "4", "10(1)2", "技术合同及登记号、应用证明、到账凭证"),
    ("case_report", "校企合作与人才培养案例报告", "份", "1", "1", "10(1)3", "案例报告正文"),
    ("industry_map", "产业图谱", "份", "1", "1", "10(1)4", "图谱及编制说明"),
    ("innovation_event", "产业创新活动", "场", "1", "1", "10(1)5", "通知、议程、签到表、照片、新闻"),
    ("work_summary", "工作总结", "份", "1", "1", "10(1)6", "总结全文（不少于2000字）"),
]


def kpi_targets() -> list[dict]:
    """Six rows of article 10(1) as committed in an application or contract."""
    keys = ("code", "name", "unit", "floor", "target", "article", "evidence")
    return [dict(zip(keys, row, strict=True)) | {"due_on": "2026-11-30"} for row in KPI_ROWS]


STAGES = [
    {
        "name": "启动与组织",
        "from": "2026-05-06",
        "to": "2026-06-30",
        "goal": "召开联合体理事会，明确各成员单位任务清单，建立工作台账。",
        "deliverables": "任务分解表、工作台账制度",
    },
    {
        "name": "攻关与对接",
        "from": "2026-07-01",
        "to": "2026-09-30",
        "goal": "完成两项关节模组联合测试，组织三次供需对接，吸纳新成员单位四家以上。",
        "deliverables": "测试报告、对接记录、入会协议",
    },
    {
        "name": "示范与推广",
        "from": "2026-10-01",
        "to": "2026-11-20",
        "goal": "举办产业创新活动一场，发布产业图谱，完成全部成果在京转化。",
        "deliverables": "活动档案、产业图谱、技术合同",
    },
    {
        "name": "总结与验收",
        "from": "2026-11-21",
        "to": "2026-12-15",
        "goal": "整理绩效成果，完成决算与专项审计，提交验收材料。",
        "deliverables": "工作总结、决算表、自评表",
    },
]
MEMBERS = [
    {
        "name": "北京星桥机器人研究院有限公司",
        "credit_code": "91110302MA01ABCD1X",
        "kind": "民营企业",
        "district": "北京经济技术开发区",
        "role": "牵头单位",
        "joined_on": "2023-06-18",
        "task": "总体组织、关节模组集成测试、活动组织与成果汇总",
        "matching": "80000.00",
    },
    {
        "name": "京华理工大学机器人学院",
        "credit_code": "12110000400009876K",
        "kind": "事业单位",
        "district": "海淀区",
        "role": "成员单位",
        "joined_on": "2023-06-18",
        "task": "谐波减速器寿命模型研究，校企联合培养案例",
        "matching": "0.00",
    },
    {
        "name": "北京澄光传感技术有限公司",
        "credit_code": "91110105MA02EFGH3Q",
        "kind": "民营企业",
        "district": "朝阳区",
        "role": "成员单位",
        "joined_on": "2024-03-02",
        "task": "六维力传感器样机与标定",
        "matching": "20000.00",
    },
    {
        "name": "北京智造装备产业促进会",
        "credit_code": "51110000500012345M",
        "kind": "社会团体",
        "district": "丰台区",
        "role": "成员单位",
        "joined_on": "2024-09-10",
        "task": "产业图谱编制、区级供需对接",
        "matching": "0.00",
    },
]
BUDGET_SOURCES = [
    {"name": "市科协定额支持经费", "amount": "300000.00"},
    {"name": "牵头单位自筹", "amount": "80000.00"},
    {"name": "成员单位配套", "amount": "20000.00"},
]
BUDGET_LINES = [
    ("会议费", "学术交流", "市科协定额支持经费", "90000.00", "产业创新活动1场：场地30000元，资料与搭建60000元"),
    ("专家咨询费", "科技咨询", "市科协定额支持经费", "48000.00", "2000元/人天×8人×3次"),
    ("测试化验加工费", "产品研发", "市科协定额支持经费", "72000.00", "关节模组型式试验6组×12000元"),
    ("委托业务费", "智库建设", "市科协定额支持经费", "60000.00", "产业图谱数据采集与绘制1项"),
    ("印刷费", "成果转化", "市科协定额支持经费", "18000.00", "图谱与案例报告各300册×30元"),
    ("差旅费", "成果转化", "市科协定额支持经费", "12000.00", "京津冀对接6人次×2000元"),
    ("材料费", "产品研发", "牵头单位自筹", "80000.00", "样机结构件与电控件"),
    ("测试化验加工费", "产品研发", "成员单位配套", "20000.00", "传感器标定"),
]


def budget_lines() -> list[dict]:
    """Planned spending, one dict a line."""
    keys = ("category", "direction", "source", "amount", "basis")
    return [dict(zip(keys, row, strict=True)) for row in BUDGET_LINES]
