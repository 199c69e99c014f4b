"""Who may do what with money."""

import rules
from django.utils import timezone

from portal.access import has_role
from projects.rules import (
    is_center,
    is_drafter,
    is_granted,
    is_in_unit,
    is_leader,
    is_unit_admin,
    may_see_project,
    of_project,
)

is_officer = has_role("officer")
is_finance = has_role("finance")
is_director = has_role("director")


@rules.predicate
def is_auditor_of(user, thing) -> bool:
    """The auditor of this project's audit (or of a question or zip of it), between its days, both included."""
    audit = getattr(getattr(thing, "finding", thing), "audit", thing)
    if audit is None or audit.engagement.auditor_id != user.pk:
        return False
    return audit.engagement.starts_on <= timezone.localdate() <= audit.engagement.ends_on


@rules.predicate
def is_told(_user, thing) -> bool:
    """The unit learns of a clawback case by its notice, and of its evidence with it."""
    return thing is not None and thing.clawback.state != "draft"


works_for_money = is_drafter | is_leader | is_unit_admin

rules.add_perm("funding.view_money", of_project(may_see_project))
rules.add_perm("funding.view_disbursement", of_project(may_see_project))
rules.add_perm("funding.order_disbursement", is_officer)
rules.add_perm("funding.see_due_instalments", has_role("officer", "director"))
rules.add_perm("funding.pay_disbursement", is_finance)
rules.add_perm("funding.reveal_account", is_finance)
rules.add_perm("funding.waive_hindrance", is_director)
rules.add_perm("funding.view_paymentwaiver", of_project(may_see_project))
rules.add_perm("funding.confirm_receipt", of_project(is_unit_admin))
rules.add_perm("funding.view_ledger", of_project(may_see_project))
rules.add_perm("funding.view_ledgerline", of_project(may_see_project))
rules.add_perm("funding.view_ledgerimport", of_project(may_see_project))
rules.add_perm("funding.keep_ledger", of_project(is_drafter | is_leader))
rules.add_perm("funding.view_importjob", of_project(may_see_project))
rules.add_perm("funding.view_monthclosing", of_project(may_see_project))
rules.add_perm("funding.close_month", of_project(is_drafter | is_leader))
rules.add_perm("funding.reopen_month", is_finance)
rules.add_perm("funding.answer_line", of_project(works_for_money))
rules.add_perm("funding.recheck_ledger", is_finance)
rules.add_perm("funding.decide_line", is_finance)
rules.add_perm("funding.edit_lexicon", is_finance)
rules.add_perm("funding.view_lexiconversion", is_center)
rules.add_perm("funding.view_relatedunit", is_center)
rules.add_perm("funding.add_relatedunit", is_finance | is_officer)
rules.add_perm("funding.change_relatedunit", is_finance | is_officer)
rules.add_perm("funding.view_clawback", of_project(may_see_project))
rules.add_perm("funding.manage_clawback", is_officer)
rules.add_perm("funding.decide_clawback", is_director)
rules.add_perm("funding.reply_clawback", of_project(is_unit_admin | is_leader))
rules.add_perm("funding.record_repayment", is_finance)
rules.add_perm("funding.view_repayment", of_project(may_see_project))
rules.add_perm("funding.engage_auditor", is_officer)
may_see_audit = of_project(is_center | is_in_unit | is_leader) | is_auditor_of
rules.add_perm("funding.view_auditengagement", is_center)
rules.add_perm("funding.view_projectaudit", may_see_audit)
rules.add_perm("funding.view_auditmessage", may_see_audit)
rules.add_perm("funding.view_auditpackage", is_auditor_of)
rules.add_perm(
    "funding.view_clawbackfile", of_project(is_center) | (of_project(is_in_unit | is_leader | is_granted) & is_told)
)
rules.add_perm("funding.view_budgetversion", of_project(may_see_project))
rules.add_perm("funding.adjust_budget", of_project(is_drafter | is_leader))
rules.add_perm("funding.view_surplusreturn", of_project(may_see_project))
rules.add_perm("funding.order_surplus", is_officer)
rules.add_perm("funding.audit_project", is_auditor_of)
rules.add_perm("funding.answer_finding", of_project(works_for_money))
