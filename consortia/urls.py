"""Addresses of this app."""

from django.urls import path

from consortia.views import consortia, people, registrations, revocations, units

urlpatterns = [
    path("units/register/", registrations.register, name="unit_register"),
    path("units/registered/", registrations.registered, name="unit_registered"),
    path("units/query/", registrations.registration_query, name="registration_query"),
    path("invitations/<str:token>/", people.invitation, name="invitation"),
    path("unit/", units.my_unit, name="my_unit"),
    path("unit/log/", units.unit_log, name="unit_log"),
    path("unit/edit/", units.edit_unit, name="unit_edit"),
    path("unit/change/<slug:kind>/", units.change_unit, name="unit_change"),
    path("unit/changes/<int:pk>/withdraw/", units.withdraw_change, name="unit_change_withdraw"),
    path("unit/invite/", people.invite, name="unit_invite"),
    path("unit/hand-over/", people.hand_over, name="unit_hand_over"),
    path("unit/invitations/<int:pk>/revoke/", people.revoke, name="invitation_revoke"),
    path("unit/invitations/<int:pk>/again/", people.send_again, name="invitation_again"),
    path("unit/seats/<int:pk>/end/", people.end_seat, name="seat_end"),
    path("unit/switch/", people.switch_unit, name="switch_unit"),
    path("consortia/", consortia.my_consortia, name="my_consortia"),
    path("consortia/<uuid:public_id>/", consortia.detail, name="consortium"),
    path("consortia/<uuid:public_id>/members/add/", consortia.add_member, name="member_add"),
    path("memberships/<int:pk>/edit/", consortia.edit_member, name="member_edit"),
    path("memberships/<int:pk>/end/", consortia.end_membership, name="membership_end"),
    path("memberships/<int:pk>/confirm/", consortia.confirm_membership, name="membership_confirm"),
    path("memberships/<int:pk>/dispute/", consortia.dispute_membership, name="membership_dispute"),
    path("revocations/<int:pk>/", revocations.revocation, name="revocation"),
]
