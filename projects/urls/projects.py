"""Addresses: projects."""

urlpatterns = []
