"""Addresses: applications."""

urlpatterns = []
