"""Addresses of this app."""

from django.urls import path

from consortia.views import consortia, revocations, units

urlpatterns = [
    path("units/register/", units.register, name="unit_register"),
    path("units/registered/", units.registered, name="unit_registered"),
    path("invitations/<str:token>/", units.invitation, name="invitation"),
    path("unit/", units.my_unit, name="my_unit"),
    path("unit/edit/", units.edit_unit, name="unit_edit"),
    path("unit/invite/", units.invite, name="unit_invite"),
    path("unit/seats/<int:pk>/end/", units.end_seat, name="seat_end"),
    path("unit/switch/", units.switch_unit, name="switch_unit"),
    path("consortia/", consortia.my_consortia, name="my_consortia"),
    path("consortia/<uuid:public_id>/", consortia.detail, name="consortium"),
    path("consortia/<uuid:public_id>/members/add/", consortia.add_member, name="member_add"),
    path("memberships/<int:pk>/edit/", consortia.edit_member, name="member_edit"),
    path("memberships/<int:pk>/end/", consortia.end_membership, name="membership_end"),
    path("memberships/<int:pk>/confirm/", consortia.confirm_membership, name="membership_confirm"),
    path("revocations/<int:pk>/", revocations.revocation, name="revocation"),
]
