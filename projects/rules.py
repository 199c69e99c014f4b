"""Who may do what in the life of a project. Predicates read like policy; lists use the same words in visible_to."""

import rules
from django.utils import timezone
from guardian.shortcuts import get_objects_for_user

from consortia.rules import has_seat_in_consortium
from consortia.seats import unit_ids
from portal.access import has_role
from projects import extensions

is_officer = has_role("officer")
is_finance = has_role("finance")
is_director = has_role("director")
is_bast = has_role("bast")
is_center = has_role("officer", "finance", "director", "bast")


@rules.predicate
def is_submitted(user, application) -> bool:
    """The application left the unit: before that the center sees nothing of it."""
    return application is not None and application.state not in ("draft", "unit_review")


@rules.predicate
def is_in_unit(user, thing) -> bool:
    """The user holds a seat (not merely as member-unit staff) in the lead unit."""
    return thing is not None and thing.lead_unit_id in unit_ids(user, "drafter", "unitadmin", "leader", "supervisor")


@rules.predicate
def is_drafter(user, thing) -> bool:
    """The user drafts for the lead unit."""
    return thing is not None and thing.lead_unit_id in unit_ids(user, "drafter", "unitadmin")


@rules.predicate
def is_unit_admin(user, thing) -> bool:
    """The user is admin of the lead unit."""
    return thing is not None and thing.lead_unit_id in unit_ids(user, "unitadmin")


@rules.predicate
def is_leader(user, thing) -> bool:
    """The user is the named project leader."""
    return thing is not None and thing.leader_id == user.pk


@rules.predicate
def is_draft(user, application) -> bool:
    """The application may be worked on."""
    return application is not None and application.state == "draft"


@rules.predicate
def is_editable(user, application) -> bool:
    """Draft, or open for 补正 (then the action restricts the places)."""
    return application is not None and application.state in ("draft", "supplement")


@rules.predicate
def was_never_submitted(user, application) -> bool:
    """No version of it was ever frozen: nothing of it is on record but the log."""
    return application is not None and application.number is None and application.submitted_at is None


def granted_project_ids(user) -> frozenset[int]:
    """Ids of projects granted to the user (auditors, invited staff), one query per user object and day.

    An auditor's grant counts between the days of his engagement only, whether or not a task took it back (17, 18).
    """
    today = timezone.localdate()
    cached = getattr(user, "_granted_projects", None)
    if cached is None or cached[0] != today:
        rows = get_objects_for_user(user, "projects.view_project", accept_global_perms=False)
        for allowed in extensions.timed_grants(user) if user.duty == "auditor" else ():
            rows = rows.filter(pk__in=allowed)
        cached = user._granted_projects = (today, frozenset(rows.values_list("pk", flat=True)))
    return cached[1]


@rules.predicate
def is_granted(user, project) -> bool:
    """A grant on this project exists (art. 17, 18: third-party audit)."""
    return project is not None and user.is_authenticated and project.pk in granted_project_ids(user)


@rules.predicate
def is_in_consortium(user, project) -> bool:
    """The user holds a seat in the lead unit or a member unit of the project's consortium."""
    return project is not None and has_seat_in_consortium(user, project.consortium)


@rules.predicate
def is_handler(user, objection) -> bool:
    """The user is the handler of the objection, or nobody is yet."""
    return objection is not None and objection.handler_id in (None, user.pk)


@rules.predicate
def is_own_case(user, objection) -> bool:
    """The user has taken the case: only then he learns who objects."""
    return objection is not None and objection.handler_id == user.pk


@rules.predicate
def is_not_objected_to(user, objection) -> bool:
    """Nobody handles an objection to his own decision (N5)."""
    if objection is None:
        return True
    return user.pk not in (objection.objected_user_id, objection.notice.published_by_id)


def of_project(predicate):
    """The predicate, asked of the project that an object belongs to."""

    @rules.predicate(name=f"of_project:{predicate.name}")
    def check(user, thing) -> bool:
        return predicate.test(user, getattr(thing, "project", thing))

    return check


def of_objection(predicate):
    """The predicate, asked of the objection that a file belongs to."""

    @rules.predicate(name=f"of_objection:{predicate.name}")
    def check(user, thing) -> bool:
        return thing is not None and predicate.test(user, thing.objection)

    return check


@rules.predicate
def is_of_public_call(user, kind) -> bool:
    """The attachment kind belongs to a call that is no draft any more."""
    return kind is not None and kind.call.state != "draft"


is_case_staff = has_role("officer", "director")


def of_application(predicate):
    """The predicate, asked of the application that a file or version belongs to."""

    @rules.predicate(name=f"of_application:{predicate.name}")
    def check(user, thing) -> bool:
        return thing is not None and predicate.test(user, thing.application)

    return check


may_see_application = (is_center & is_submitted) | is_in_unit | is_leader
may_see_project = is_center | is_in_consortium | is_leader | is_granted
works_for_project = is_drafter | is_leader

rules.add_perm("projects.view_call", is_center)
rules.add_perm("projects.add_call", is_officer)
rules.add_perm("projects.change_call", is_officer)
rules.add_perm("projects.publish_call", is_officer)
rules.add_perm("projects.read_call_template", is_center | is_of_public_call)
rules.add_perm("projects.view_milestone", is_center)
rules.add_perm("projects.view_callcorrection", is_center)
rules.add_perm("projects.view_attachmentkind", is_center)

rules.add_perm("projects.view_application", may_see_application)
rules.add_perm("projects.print_draft", is_in_unit | is_leader)
rules.add_perm("projects.read_attachment", of_application(is_in_unit | is_leader))
rules.add_perm("projects.read_version", of_application(may_see_application))
rules.add_perm("projects.view_formalityitem", is_center)
rules.add_perm("projects.start_application", has_role("drafter", "unitadmin"))
rules.add_perm("projects.edit_application", (is_drafter | is_leader) & is_editable)
rules.add_perm("projects.discard_application", is_drafter & is_draft & was_never_submitted)
rules.add_perm("projects.declare_application", is_leader)
rules.add_perm("projects.return_application", is_unit_admin | is_leader)
rules.add_perm("projects.submit_application", is_unit_admin)
rules.add_perm("projects.withdraw_application", is_unit_admin)
rules.add_perm("projects.check_application", is_officer)
rules.add_perm("projects.propose_application", has_role("officer", "director", "bast"))
rules.add_perm("projects.approve_application", has_role("director", "bast"))

rules.add_perm("projects.view_publicnotice", is_center)
rules.add_perm("projects.add_publicnotice", is_officer)
rules.add_perm("projects.change_publicnotice", is_officer)
rules.add_perm("projects.publish_notice", is_officer)
rules.add_perm("projects.view_objection", has_role("officer", "director") & is_handler & is_not_objected_to)
rules.add_perm("projects.list_objections", has_role("officer", "director"))
rules.add_perm("projects.handle_objection", has_role("officer", "director"))
rules.add_perm("projects.decide_objection", has_role("officer", "director") & is_handler & is_not_objected_to)

rules.add_perm("projects.view_project", may_see_project)
rules.add_perm("projects.supervise_project", is_officer)
rules.add_perm("projects.conclude_project", is_director)
# Bank account and personal data: member units see their part on the project page, not the contract itself.
rules.add_perm("projects.view_contract", of_project(is_center | is_in_unit | is_leader | is_granted))
rules.add_perm("projects.manage_contract", is_officer)
rules.add_perm("projects.confirm_contract", is_director)
rules.add_perm("projects.sign_contract", of_project(is_unit_admin))
rules.add_perm("projects.request_change", of_project(works_for_project))
rules.add_perm("projects.decide_change", is_director)
rules.add_perm("projects.view_evidence", of_project(may_see_project))
rules.add_perm("projects.add_evidence", of_project(is_in_consortium))
rules.add_perm("projects.claim_evidence", of_project(works_for_project | is_in_consortium))
rules.add_perm("projects.verify_evidence", is_officer)
rules.add_perm("projects.keep_work_log", of_project(is_in_consortium))
rules.add_perm("projects.write_report", of_project(works_for_project))
rules.add_perm("projects.submit_package", of_project(works_for_project))
rules.add_perm("projects.reply_rectification", of_project(works_for_project))

rules.add_perm("projects.read_objection_file", of_objection(is_own_case & is_not_objected_to) & is_case_staff)
rules.add_perm("projects.view_instalment", is_center)
rules.add_perm("projects.view_changerequest", of_project(is_center | is_in_unit | is_leader | is_granted))
rules.add_perm("projects.view_worklogentry", of_project(may_see_project))
rules.add_perm("projects.view_progressreport", of_project(may_see_project))
rules.add_perm("projects.view_acceptancepackage", of_project(may_see_project))
rules.add_perm("projects.view_rectification", of_project(is_center | is_in_unit | is_leader | is_granted))
rules.add_perm("projects.export_archive", has_role("officer", "director"))
