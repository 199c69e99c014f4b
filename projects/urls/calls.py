"""Addresses: calls."""

from django.urls import path

from projects.views import calls

urlpatterns = [
    path("calls/", calls.call_list, name="call_list"),
    path("calls/<int:pk>/", calls.call_detail, name="call_detail"),
    path("calls/<int:pk>/calendar.ics", calls.call_calendar, name="call_calendar"),
]
