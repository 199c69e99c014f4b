"""Sample contexts of the application print and of the task contract."""

from tests.portal.pdf_samples_common import (
    BUDGET_SOURCES,
    CENTER,
    MEMBERS,
    PROJECT,
    STAGES,
    budget_lines,
    doc,
    kpi_targets,
)

LEADER = {
    "name": "周景行",
    "gender": "男",
    "born": "1979-08",
    "education": "博士研究生",
    "title": "正高级工程师",
    "duty": "副院长",
    "unit": "北京星桥机器人研究院有限公司",
    "major": "机械电子工程",
    "phone": "138****0137",  # masked by the builder
    "email": "zhou@example.cn",
    "months": "8",
    "task": "项目总体负责",
}
TEAM = [
    LEADER,
    LEADER
    | {
        "name": "陈砚秋",
        "gender": "女",
        "born": "1986-02",
        "title": "教授",
        "duty": "系主任",
        "unit": "京华理工大学机器人学院",
        "months": "5",
        "task": "减速器寿命模型与案例报告",
    },
    LEADER
    | {
        "name": "𠮷川䶮",
        "born": "1990-11",
        "title": "高级工程师",
        "duty": "研发总监",
        "unit": "北京澄光传感技术有限公司",
        "months": "6",
        "task": "六维力传感器样机",
    },
]
SECTIONS = [
    {
        "title": "立项依据",
        "paragraphs": [
            "智能机器人整机性能的提升长期受制于关节模组与力觉传感器。北京经济技术开发区已集聚整机、减速器、控制器企业四十余家，"
            "但上下游标准不一、测试条件分散，样机到产线的平均周期超过十四个月。",
            "本联合体自2023年成立以来，已组织联合测试十一次，促成技术交易三项，具备开展协同攻关与示范应用的基础。",
        ],
    },
    {
        "title": "目标与任务",
        "paragraphs": [
            "围绕“测得准、接得上、用得起”三个环节，建成一套共享测试规程，完成两型关节模组的联合验证，推动四项成果在京转化应用。",
            "年度新增成员单位8家以上，其中整机企业不少于3家；形成产业图谱1份、案例报告1份。",
        ],
    },
    {
        "title": "实施方案",
        "paragraphs": [
            "（1）共享测试：由牵头单位开放型式试验台，成员单位按统一规程送样，结果在工作台账登记。",
            "（2）供需对接：每月一次小范围对接，由促进会汇集需求，形成“需求—能力”清单。",
            "（3）产业创新活动：10月下旬在亦庄举办，市科协主办，联动开发区管委会，规模150人。",
        ],
    },
    {
        "title": "预期成果与落地成效",
        "paragraphs": ["预计带动成员单位新增合同额600万元以上，关节模组采购成本下降约12%，培养联合指导研究生6名。"],
    },
]
BUDGET = {
    "sources": BUDGET_SOURCES,
    "lines": budget_lines(),
    "grant": "300000.00",
    "total": "400000.00",
}
APPLICATION = {
    "doc": doc("application", PROJECT["number"], issued_on="2026-04-14"),
    "watermark": "正式",  # 正式 when submitted, 草稿 before
    "application": {
        "number": PROJECT["number"],  # "" while a draft
        "version": 1,
        "status_label": "已提交",
        "submitted_at": "2026年4月14日 16:21（北京时间）",
        "call_title": "2026年科创协同区域行动项目",
        "project_name": PROJECT["name"],
        "field": PROJECT["field"],
        "districts": "北京经济技术开发区、海淀区",
        "execution_from": PROJECT["execution_from"],
        "execution_to": PROJECT["execution_to"],
        "map_kind": "产业图谱",
    },
    "unit": {
        "name": PROJECT["lead_unit"],
        "credit_code": "91110302MA01ABCD1X",
        "kind": "民营企业",
        "founded_on": "2018-05-21",
        "district": "北京经济技术开发区",
        "address": "北京经济技术开发区示例大街18号",
        "postcode": "100176",
        "legal_representative": "高远舟",
        "legal_representative_duty": "董事长",
        "staff_count": 146,
        "researcher_count": 83,
        "accounting_system": "企业会计准则",
        "account_name": PROJECT["lead_unit"],
        "bank": "示例银行亦庄支行",
        "account_number": "0200 **** **** 4471",
        "contact": "何雨棠",
        "contact_phone": "139****0246",
        "contact_email": "he@example.cn",
        "profile": "研究院从事机器人关节模组、力控技术研究与中试服务，建有型式试验台三套，为区内企业提供共享测试。",
    },
    "leader": LEADER,
    "supervisor": {
        "name": "沈若溪",
        "duty": "财务与合规部主任",
        "unit": PROJECT["lead_unit"],
        "phone": "137****0352",
        "email": "shen@example.cn",
    },
    "team": TEAM,
    "consortium": {
        "name": PROJECT["consortium"],
        "founded_on": "2023-06-18",
        "founding_document": "市科协关于支持建设科创协同联合体的复函",
        "fields": "人工智能、高端装备制造",
        "mechanism": "理事会领导下的秘书长负责制，季度例会，重大事项三分之二以上成员单位同意。",
        "baseline_count": 4,
        "members": MEMBERS,
    },
    "sections": SECTIONS,
    "stages": STAGES,
    "kpi_rows": kpi_targets(),
    "budget": BUDGET,
    "attachments": [
        {
            "kind": kind,
            "filename": filename,
            "size": "412.6 KB",
            "sha256": "1f8a0c2be47d95630f12ab98cd76e5430a9b8c7d6e5f40312233445566778899",
            "signature": signature,
            "seal": True,
        }
        for kind, filename, signature in [
            ("法人证照", "营业执照副本.pdf", False),
            ("联合体批复或协议", "联合体复函.pdf", False),
            ("成员单位盖章协议", "成员单位合作协议（四家）.pdf", True),
            ("承诺书", "申报单位承诺书.pdf", True),
        ]
    ],
    "undertaking": {
        "leader": "周景行",
        "declared_at": "2026年4月14日 15:02（北京时间）",
        "unit_admin": "何雨棠",
        "approved_at": "2026年4月14日 16:20（北京时间）",
    },
}
TASK_CONTRACT = {
    "doc": doc("task_contract", PROJECT["contract_number"], issued_on="2026-05-06"),
    "contract": {
        "number": PROJECT["contract_number"],
        "version": 1,
        "project_number": PROJECT["number"],
        "project_name": PROJECT["name"],
        "field": PROJECT["field"],
        "district": PROJECT["district"],
        "consortium": PROJECT["consortium"],
        "execution_from": PROJECT["execution_from"],
        "execution_to": PROJECT["execution_to"],
        "amount": "300000.00",
        "matching": "100000.00",
        "copies": 4,
        "measures_title": "《2026年科创协同区域行动管理办法（试行）》",
        "application_number": PROJECT["number"],
        "application_version": 1,
        "application_digest": "4be1a09c77d2f3586e0b9c41a7d5e82f6039cb1748da52e6f0937c1b85ae246d",
        "map_kind": "产业图谱",
    },
    "party_a": {
        "name": CENTER,
        "address": "北京市西城区示例胡同1号",
        "representative": "梁思衡",
        "contact": "林知远",
        "phone": "010-5555 0101",
    },
    "party_b": {
        "name": PROJECT["lead_unit"],
        "credit_code": "91110302MA01ABCD1X",
        "address": "北京经济技术开发区示例大街18号",
        "representative": "高远舟",
        "leader": "周景行",
        "contact": "何雨棠",
        "phone": "010-5555 0246",
        "account_name": PROJECT["lead_unit"],
        "bank": "示例银行亦庄支行",
        "account_number": "0200 0000 0000 4471",
    },
    "goal_paragraphs": SECTIONS[1]["paragraphs"],
    "task_paragraphs": SECTIONS[2]["paragraphs"],
    "kpi_rows": kpi_targets(),
    "stages": STAGES,
    "members": MEMBERS,
    "people": TEAM,
    "supervisor": APPLICATION["supervisor"],
    "budget": BUDGET,
    "instalments": [
        {"number": 1, "ratio": "70", "amount": "210000.00", "condition": "合同生效并提交收款凭证后"},
        {"number": 2, "ratio": "30", "amount": "90000.00", "condition": "评价验收通过后"},
    ],
    # one row a clause of article 14 and one a ground of article 17, from the edition, in our own words
    "banned": [
        {"article": "14(1)", "text": "发给人员的福利和个人奖金"},
        {"article": "14(2)", "text": "日常办公、出国（境）和业务招待"},
        {"article": "14(3)", "text": "办公设备设施的维修改造和新增办公设备"},
        {"article": "14(4)", "text": "组织、管理、协调等管理性费用"},
        {"article": "14(5)", "text": "罚款、还贷、捐赠、赞助和对外投资"},
        {"article": "14(6)", "text": "与联合体工作无关的其他支出"},
    ],
    "grounds": [
        {"article": "17(1)", "text": "提交虚假材料"},
        {"article": "17(2)", "text": "截留、挤占或者挪用资金"},
        {"article": "17(3)", "text": "因失职使计划不能实施并造成不良影响"},
        {"article": "17(4)", "text": "不按规定执行或者调整预算"},
        {"article": "17(5)", "text": "违规转拨、转移经费"},
        {"article": "17(6)", "text": "其他违法违规行为"},
        {"article": "17(7)", "text": "存在经费转拨、转移"},
    ],
    "directions": ["科技咨询", "产品研发", "成果转化", "学术交流", "智库建设"],
}
