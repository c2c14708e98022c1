"""What is wrong with what somebody typed or brought, in one sentence."""

from __future__ import annotations


class UsageError(ValueError):
    """An option or an input is wrong; the message is one sentence for the person who typed it."""
