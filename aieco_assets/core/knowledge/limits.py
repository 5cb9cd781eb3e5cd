"""Limits on what is read of one document."""

from __future__ import annotations

MAX_PAGES = 5_000
MAX_CHARACTERS = 20_000_000
MAX_UNPACKED = 300 * 1024 * 1024  # bytes of a zipped format
