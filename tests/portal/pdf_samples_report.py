"""Sample contexts of the score sheets and of the acceptance report."""

from tests.portal.pdf_samples_common import BUDGET_LINES, CENTER, KPI_ROWS, PROJECT, doc

ACCEPTANCE_CRITERIA = [
    ("results", "主要成果及研究情况", 35, "指标完成质量、成果水平、证明材料充分性"),
    ("innovation", "创新能力", 20, "关键技术、机制与模式创新"),
    ("significance", "项目意义", 20, "对重点产业和区域发展的带动作用"),
    ("effect", "建设效果", 25, "扩容、转化、活动、人才与传播成效"),
]
COMMENTS = [
    "四项技术成果均有合同与应用证明，关节模组联合测试规程已被三家整机企业采用，成果水平较高。",
    "共享测试加供需清单的组织方式有新意，建议进一步明确规程的维护主体。",
    "对开发区机器人产业链补短板有直接作用，区域契合度高。",
    "扩容单位质量较好，活动组织规范，新闻传播面有待扩大。",
]


def sheet(expert: str, scores: list[str], total: str, recommendation: str) -> dict:
    """One submitted sheet; for a blank sheet every score, total and comment is ""."""
    return {
        "round_title": "2026年度评价验收专家评审",
        "expert": expert,
        "expert_code": "ZJ-" + expert[-1],
        "submitted_at": "2026年12月20日 15:40（北京时间）",
        "undertaking_at": "2026年12月18日 09:12（北京时间）",
        "project": PROJECT,
        "criteria": [
            {"name": name, "maximum": str(maximum), "hint": hint, "score": score, "comment": comment}
            for (_, name, maximum, hint), score, comment in zip(ACCEPTANCE_CRITERIA, scores, COMMENTS, strict=True)
        ],
        "maximum": "100",
        "total": total,
        "recommendation": recommendation,
        "comment": "指标完成情况良好，经费使用总体规范，同意通过验收。",
    }


SCORE_SHEET = {
    "doc": doc("score_sheet", PROJECT["number"], issued_on="2026-12-20"),
    "sheets": [
        sheet("专家甲", ["31.00", "17.00", "18.00", "22.00"], "88.00", "通过"),
        sheet("专家乙", ["30.00", "16.50", "17.00", "21.00"], "84.50", "通过"),
    ],
}
SELECTION_LIST = {
    "doc": doc("selection_list", "", issued_on="2026-04-20"),
    "round": {
        "title": "2026年立项评审",
        "call": "2026年科创协同区域行动项目申报通知",
        "aggregation": "去最高最低分平均",
        "waiver": "一位专家因病未能提交评分。",
        "tie_rule": "得分（两位小数）相同的，比较“目标与指标”的平均分；仍相同的，排名并列。",
    },
    "attempt": 2,
    "digest": "9f2c4a71d0e85b36c1f7a2948e6d03b5571ac8e2f94d6b07a3c85e1f20d947bc",
    "groups": [
        {
            "code": code,
            "title": title,
            "count": len(ranks),
            "rows": [
                {
                    "item": rank,
                    "rank": rank,
                    "number": f"京科协协同2026-{rank:04d}",
                    "title": PROJECT["name"],
                    "unit": PROJECT["lead_unit"],
                    "field": PROJECT["field"],
                    "score": f"{92 - rank}.50",
                    "outcome": code,
                    "label": title,
                    "place": rank - 2 if code == "reserve" else None,
                    "deviates": rank == 2,
                    "reason": "第一名主动放弃，依次递补" if rank == 2 else "",
                }
                for rank in ranks
            ],
        }
        for code, title, ranks in (
            ("support", "一、拟支持项目", (1, 2)),
            ("reserve", "二、候补项目（按递补次序）", (3, 4)),
            ("decline", "三、未入选项目", (5,)),
        )
    ],
    "steps": [
        {"step": "拟定", "name": "林知远", "at": "2026年4月20日 10:00（北京时间）"},
        {"step": "中心负责人确认", "name": "沈若溪", "at": "2026年4月21日 10:00（北京时间）"},
    ],
}
VERIFIED = ("9", "4", "1", "1", "1", "1")
KPI_RESULTS = [
    {
        "code": code,
        "name": name,
        "unit": unit,
        "floor": floor,
        "target": target,
        "article": article,
        "claimed": str(int(done) + (1 if code == "member_expansion" else 0)),
        "verified": done,
        "met": True,
        "evidence": [f"PZ-{index}{n:02d}" for n in range(1, int(done) + 1)],
        "note": "1家单位加入日期早于合同期，不计入" if code == "member_expansion" else "",
    }
    for index, ((code, name, unit, floor, target, article, _), done) in enumerate(
        zip(KPI_ROWS, VERIFIED, strict=True), 1
    )
]
LEDGER = {
    "会议费": [
        ("2026-10-23", "记-202606-188", "产业创新活动场地租赁", "北京亦城会展服务有限公司", "30000.00", "allowed"),
        ("2026-10-24", "记-202606-192", "产业创新活动搭建及资料", "北京明序会展策划有限公司", "58600.00", "allowed"),
        ("2026-10-24", "记-202606-193", "活动晚宴餐费", "某某餐饮有限公司", "1400.00", "banned"),
    ],
    "专家咨询费": [("2026-07-15", "记-202606-102", "关节模组测试专家咨询", "外请专家8人", "46800.00", "allowed")],
    "测试化验加工费": [
        ("2026-08-29", "记-202606-131", "关节模组型式试验", "国检示例检测技术有限公司", "72000.00", "allowed")
    ],
    "委托业务费": [
        ("2026-09-12", "记-202606-150", "产业图谱数据采集与绘制", "北京数脉咨询有限公司", "60000.00", "needs_review")
    ],
    "印刷费": [("2026-11-18", "记-202606-221", "图谱与案例报告印制", "北京墨同印务有限公司", "17840.00", "allowed")],
    "差旅费": [("2026-09-20", "记-202606-161", "赴天津、保定供需对接差旅", "项目组6人次", "11260.00", "allowed")],
}
PLANNED = {category: amount for category, _, source, amount, _ in BUDGET_LINES if source.startswith("市科协")}
SPENT = {
    "会议费": "90000.00",
    "专家咨询费": "46800.00",
    "测试化验加工费": "72000.00",
    "委托业务费": "60000.00",
    "印刷费": "17840.00",
    "差旅费": "11260.00",
}
RATES = {
    "会议费": "100.00",
    "专家咨询费": "97.50",
    "测试化验加工费": "100.00",
    "委托业务费": "100.00",
    "印刷费": "99.11",
    "差旅费": "93.83",
}
ACCEPTANCE_REPORT = {
    "doc": doc("acceptance_report", "京科协协同验〔2026〕7号", issued_on="2026-12-22"),
    "issuer": CENTER,
    "project": PROJECT
    | {
        "credit_code": "91110302MA01ABCD1X",
        "call_title": "2026年科创协同区域行动",
        "disbursed": "210000.00",
        "member_count": 13,
    },
    "conclusion": {
        "code": "passed",  # passed | rectification_required | passed_after_rectification | failed
        "label": "通过验收",
        "statement": "项目完成任务合同约定的各项指标，成果真实，经费使用总体规范，同意通过验收。",
        "conditions": ["记-0193号凭证1400.00元以自有资金归垫，凭证于2027年1月15日前补交。"],
        "decided_on": "2026-12-22",
        "panel_size": 5,
        "pass_line": "70.00",
    },
    "summary_paragraphs": [
        "项目围绕关节模组与力觉传感器两个短板，建立共享测试规程一套，组织联合测试九次，四项技术成果在北京经济技术开发区和海淀区转化应用。",
        "联合体成员单位由4家增至13家，新增9家；10月24日举办产业创新活动1场，实到163人，北京市科协主办并参与，开发区管委会联动。",
    ],
    "kpi_rows": KPI_RESULTS,
    "achievements": [
        {
            "title": "高刚度谐波关节模组联合验证规程",
            "receiver": "北京衡舟智能装备有限公司",
            "district": "北京经济技术开发区",
            "outcome": "用于两条产线，单台检测时间由6小时降至2.5小时",
            "news": "开发区产业新闻（2026年9月3日）",
            "told_on": "2026-08-30",
        },
        {
            "title": "六维力传感器在线标定方法",
            "receiver": "北京澄光传感技术有限公司",
            "district": "朝阳区",
            "outcome": "技术合同额86万元，标定误差降至0.4%F.S.",
            "news": "联合体公众号（2026年10月11日）",
            "told_on": "2026-10-09",
        },
    ],
    "event": {
        "title": "智能机器人关键部件供需对接与成果发布会",
        "held_on": "2026-10-24",
        "place": "北京亦创国际会展中心（示例）",
        "hosts": "北京市科学技术协会、北京经济技术开发区管委会",
        "attendance": "163",
        "partners": "北京经济技术开发区管委会（区级政府部门）",
    },
    "budget_rows": [
        {
            "category": category,
            "planned": PLANNED[category],
            "adjusted": PLANNED[category],
            "spent": SPENT[category],
            "rate": RATES[category],
        }
        for category in PLANNED
    ],
    "budget_totals": {
        "planned": "300000.00",
        "adjusted": "300000.00",
        "spent": "297900.00",
        "surplus": "2100.00",
        "rate": "99.30",
        "matching_planned": "100000.00",
        "matching_spent": "104350.00",
        "banned": "1400.00",
        "needs_review": "60000.00",
    },
    "ledger": [
        {
            "category": category,
            "subtotal": SPENT[category],
            "lines": [
                dict(zip(("dated", "voucher", "summary", "payee", "amount", "verdict"), line, strict=True))
                for line in lines
            ],
        }
        for category, lines in LEDGER.items()
    ],
    # verdict of the rule and the human decision on it; decision "" while open
    "findings": [
        {
            "voucher": "记-202606-193",
            "summary": "活动晚宴餐费",
            "amount": "1400.00",
            "article": "14(2)",
            "verdict": "banned",
            "reason": "摘要含“晚宴”，属业务招待支出。",
            "decision": "确认禁列，责令归垫",
            "decided_by": "中心财务 许慎言",
        },
        {
            "voucher": "记-202606-150",
            "summary": "产业图谱数据采集与绘制",
            "amount": "60000.00",
            "article": "17(5)(7)",
            "verdict": "needs_review",
            "reason": "收款方与成员单位名称相近，需核对是否关联。",
            "decision": "核对工商登记，无关联，准予列支",
            "decided_by": "中心财务 许慎言",
        },
    ],
    "audit": {
        "firm": "北京明衡会计师事务所（示例）",
        "number": "明衡专审〔2026〕117号",
        "issued_on": "2026-12-10",
        "opinion": "除记-0193号凭证外，未发现其他违反专项经费使用规定的事项。",
    },
    "scores": {
        "rule": "去掉一个最高分和一个最低分后的平均分",
        "sheet_count": 5,
        "total": "86.17",
        "mean": "86.10",
        "sd": "2.41",
        "minimum": "82.50",
        "maximum": "89.50",
        "criteria": [
            {"name": "主要成果及研究情况", "maximum": "35", "mean": "30.40", "sd": "1.02", "percent": "86.86"},
            {"name": "创新能力", "maximum": "20", "mean": "16.70", "sd": "0.84", "percent": "83.50"},
            {"name": "项目意义", "maximum": "20", "mean": "17.40", "sd": "0.66", "percent": "87.00"},
            {"name": "建设效果", "maximum": "25", "mean": "21.60", "sd": "1.11", "percent": "86.40"},
        ],
    },
    # experts appear by code, never by name
    "opinions": [
        {"expert": code, "total": total, "recommendation": "通过", "comment": comment}
        for code, total, comment in [
            ("专家一", "89.50", "成果扎实，联合测试规程具有推广价值。"),
            ("专家二", "87.00", "转化证明齐全，建议持续跟踪应用成效。"),
            ("专家三", "86.50", "活动组织规范，产业图谱数据来源清楚。"),
            ("专家四", "85.00", "新增单位结构合理，案例报告可进一步凝练。"),
            ("专家五", "82.50", "经费执行总体良好，个别支出需归垫。"),
        ]
    ],
    "panel_opinion": [
        "专家组听取汇报，审阅材料，核对佐证与账目，经质询和讨论，认为项目按期完成约定任务，同意通过验收。",
    ],
    "signatures": ["专家组组长", "专家组成员", "管理单位经办人", "管理单位负责人"],
}
PANEL_PARTS = ("scores", "opinions", "panel_opinion", "signatures")
UNIT_REPORT = {name: value for name, value in ACCEPTANCE_REPORT.items() if name not in PANEL_PARTS} | {
    "doc": doc("acceptance_report_unit", "京科协协同验〔2026〕7号", issued_on="2026-12-22"),
    "conclusion": {
        name: value
        for name, value in ACCEPTANCE_REPORT["conclusion"].items()
        if name not in ("panel_size", "pass_line")
    },
    "opinion": ["成果真实，任务指标全部达标，经费使用总体规范。"],
}
