"""Addresses of the kernel's own pages."""

from django.urls import path

from portal import views

urlpatterns = [
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("account/", views.account, name="account"),
    path("account/password/", views.password_change, name="password_change"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.notifications_read, name="notifications_read"),
    path("files/<uuid:public_id>/", views.file_download, name="file"),
    path("files/<uuid:public_id>/view/", views.file_view, name="file_view"),
    path("documents/<str:code>/", views.document_page, name="document"),
    path("documents/<str:code>/progress/", views.document_progress, name="document_progress"),
    path("documents/<str:code>/file/", views.document_download, name="document_download"),
    path("documents/<str:code>/retry/", views.document_retry, name="document_retry"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:code>/", views.verify, name="verify_code"),
]
