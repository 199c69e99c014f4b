"""Home pages, health, search: addresses that look across apps."""

from django.urls import path

from portal.overview import views

urlpatterns = [
    path("", views.public_home, name="public_home"),
    path("home/", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("healthz", views.healthz, name="healthz"),
]
