from dataclasses import replace
from datetime import date

import pytest

from portal.measures.completeness import AttachmentFacts, PlanStage, check_completeness
from portal.measures.findings import Severity, blocks
from portal.measures.formality import FormalityAnswer, formality_table, is_passed, precheck
from tests.portal.measures.facts import EDITION, END, START, applicant, application, budget, codes, line, target_rows

MANUAL = {row.code: FormalityAnswer(passed=True) for row in EDITION.formality if row.mode == "manual"}
FULL = application().attachments


def stage(**changes):
    """The sound stage, spoiled."""
    return (replace(application().plan[0], **changes),)


def outcomes(results):
    """Outcome per row code."""
    return {result.rule.code: result.outcome for result in results}


def test_whole_application_has_no_findings():
    assert precheck(applicant(), application(), EDITION) == ()


@pytest.mark.parametrize(
    ("changes", "code", "subject"),
    [
        ({"title": "  "}, "basics_filled", "basics.title"),
        ({"title": "长" * 31}, "basics_filled", "basics.title"),
        ({"fields": ("alchemy",)}, "basics_filled", "basics.fields"),
        ({"districts": ()}, "basics_filled", "basics.districts"),
        ({"leader_name": "", "supervisor_name": "何静"}, "leader_declared", "people.leader"),
        ({"leader_declared": False}, "leader_declared", "people.declaration"),
        ({"leader_running_projects": 2}, "leader_within_cap", "people.leader"),
        ({"supervisor_name": " "}, "supervisor_named", "people.supervisor"),
        ({"digital_undertaking": False}, "digital_undertaking", "undertaking.digital"),
        ({"attachments": FULL[1:]}, "attachments_complete", "attachment.unit_licence"),
        ({"execution_starts": None}, "plan_inside_period", "plan.period"),
        ({"execution_ends": START}, "plan_inside_period", "plan.period"),
        (
            {"execution_starts": date(2024, 1, 1), "execution_ends": date(2024, 6, 1)},
            "plan_inside_period",
            "plan.period",
        ),
        ({"plan": ()}, "plan_inside_period", "plan"),
        ({"plan": stage(starts_on=None)}, "plan_inside_period", "plan.1.starts_on"),
        ({"plan": stage(ends_on=date(2025, 3, 1))}, "plan_inside_period", "plan.1.ends_on"),
        ({"plan": stage(ends_on=date(2025, 12, 1))}, "plan_inside_period", "plan.1.ends_on"),
    ],
)
def test_gaps_are_refused_at_their_place(changes, code, subject):
    (finding,) = check_completeness(application(**changes), EDITION)
    assert (finding.code, finding.subject, finding.severity) == (code, subject, Severity.BLOCK)
    assert finding.fix


@pytest.mark.parametrize("section", EDITION.sections, ids=lambda section: section.code)
def test_sections_keep_their_lengths(section):
    for length, sound in (
        (0, False),
        (section.min_chars - 1, False),
        (section.max_chars, True),
        (section.max_chars + 1, False),
    ):
        lengths = {**application().section_lengths, section.code: length}
        found = check_completeness(application(section_lengths=lengths), EDITION)
        assert codes(found) == ([] if sound else ["sections_complete"])
        assert all(item.article == section.article for item in found)


@pytest.mark.parametrize(
    ("spoiled", "part"),
    [
        (AttachmentFacts("undertaking", signed=False, sealed=True), "已签字"),
        (AttachmentFacts("undertaking", signed=True, sealed=False), "已盖章"),
        (AttachmentFacts("undertaking", signed=True, sealed=True, empty=True), "空文件"),
    ],
)
def test_attachments_are_signed_sealed_and_not_empty(spoiled, part):
    others = tuple(item for item in FULL if item.kind != "undertaking")
    (finding,) = check_completeness(application(attachments=(*others, spoiled)), EDITION)
    assert (finding.code, finding.subject) == ("attachments_complete", "attachment.undertaking")
    assert part in finding.message


def test_missing_attachment_says_what_is_asked():
    (finding,) = check_completeness(application(attachments=FULL[:-1]), EDITION)
    assert finding.fix == "请上传（pdf，不超过 10 MB，须签字，须盖章）。"


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"supervisor_name": "周明远"}, "supervisor_named"), ({"plan": stage(deliverable="")}, "plan_inside_period")],
)
def test_weak_points_only_warn(changes, code):
    (finding,) = check_completeness(application(**changes), EDITION)
    assert (finding.code, finding.severity) == (code, Severity.WARN)


def test_unknown_leader_record_is_asked_for():
    (finding,) = check_completeness(application(leader_running_projects=None), EDITION)
    assert (finding.code, finding.severity) == ("leader_within_cap", Severity.ASK)


def test_longest_title_is_accepted():
    assert check_completeness(application(title="长" * 30), EDITION) == ()


def test_unnamed_stage_is_still_named_in_the_finding():
    stages = (PlanStage("", START, None, "报告"), PlanStage("总结", START, END, "总结"))
    (finding,) = check_completeness(application(plan=stages), EDITION)
    assert "未命名阶段" in finding.message


def test_precheck_gathers_every_group():
    found = precheck(
        applicant(counted_numbers=("A-1", "A-2")),
        application(title="", targets=target_rows(case_report=None), budget=budget(lines=(line(), line(), line()))),
        EDITION,
    )
    assert codes(blocks(found)) == ["application_cap", "basics_filled", "targets_complete", "budget_balances"]


def test_formality_rows_pass_when_rules_and_officer_agree():
    results = formality_table(applicant(), application(), MANUAL, EDITION)
    assert set(outcomes(results).values()) == {"passed"}
    assert is_passed(results)


def test_formality_without_an_officer_never_passes():
    results = formality_table(applicant(), application(), {}, EDITION)
    assert {code for code, outcome in outcomes(results).items() if outcome == "open"} == set(MANUAL)
    assert not is_passed(results)


@pytest.mark.parametrize("code", [row.code for row in EDITION.formality])
def test_officer_may_fail_any_row(code):
    results = formality_table(
        applicant(), application(), {**MANUAL, code: FormalityAnswer(passed=False, note="不一致")}, EDITION
    )
    assert outcomes(results)[code] == "failed"
    assert not is_passed(results)


def test_officer_cannot_wave_through_a_refusal():
    answers = {**MANUAL, "application_cap": FormalityAnswer(passed=True)}
    results = formality_table(applicant(counted_numbers=("A-1", "A-2")), application(), answers, EDITION)
    assert outcomes(results)["application_cap"] == "failed"


def test_open_question_waits_for_the_officer():
    facts = application(leader_running_projects=None)
    assert outcomes(formality_table(applicant(), facts, MANUAL, EDITION))["leader_within_cap"] == "open"
    answers = {**MANUAL, "leader_within_cap": FormalityAnswer(passed=True, note="已电话核实")}
    (row,) = [r for r in formality_table(applicant(), facts, answers, EDITION) if r.rule.code == "leader_within_cap"]
    assert (row.outcome, row.note) == ("passed", "已电话核实")


def test_a_row_without_a_check_stays_open():
    unknown = replace(EDITION.formality[0], code="new_rule")
    edition = replace(EDITION, formality=(unknown,))
    assert outcomes(formality_table(applicant(), application(), {}, edition)) == {"new_rule": "open"}
