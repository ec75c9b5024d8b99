"""Show receipts to staff; nobody changes one."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from conversions.models import Receipt


@admin.register(Receipt)
class ReceiptAdmin(ModelAdmin):  # type: ignore[misc]
    """Receipts, newest first, to read alone."""

    list_display: ClassVar = [
        "id",
        "created_at",
        "from_code",
        "amount",
        "to_code",
        "result",
        "rate",
        "reference",
        "owner",
    ]
    list_filter: ClassVar = ["from_code", "to_code", "rounding"]
    search_fields: ClassVar = ["=id", "=reference", "=owner"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: receipts come from conversions alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a receipt that was answered stays as it is."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: a receipt that was answered is never lost."""
        return False
