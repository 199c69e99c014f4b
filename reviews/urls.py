"""Addresses of the expert's pages; the center works in the admin."""

from django.urls import path

from reviews.views import desk, sheets

urlpatterns = [
    path("reviews/", desk.desk, name="review_desk"),
    path("reviews/conflicts/", desk.declare, name="review_conflicts"),
    path("reviews/rounds/<int:pk>/undertaking/", desk.undertaking, name="review_undertaking"),
    path("reviews/seats/<int:pk>/", sheets.seat, name="review_seat"),
    path("reviews/seats/<int:pk>/accept/", desk.accept, name="review_accept"),
    path("reviews/seats/<int:pk>/recuse/", desk.recuse, name="review_recuse"),
    path("reviews/seats/<int:pk>/autosave/", sheets.autosave, name="review_autosave"),
    path("reviews/seats/<int:pk>/submit/", sheets.submit, name="review_submit"),
    path("reviews/seats/<int:pk>/summary/", sheets.summary, name="review_summary"),
    path("reviews/seats/<int:pk>/print/", sheets.print_sheet, name="review_print"),
]
