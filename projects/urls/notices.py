"""Addresses: notices."""

urlpatterns = []
