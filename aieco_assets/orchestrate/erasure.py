"""The body of `aieco erase`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import typer

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.erasure import (
    Erased,
    customer_holdings,
    document_holdings,
    erase_customer,
    erase_document,
)
from aieco_assets.core.registry.promotion import person
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform


def erase(settings: Settings, customer: str, document: str, reason: str, yes: bool) -> Erased:
    """Asks before it erases, unless `yes`. Raises AiecoError unless one of customer and document is given."""
    if bool(customer) == bool(document):
        raise AiecoError("Name what is to be erased: --customer ID or --document PATH, one of the two.")
    with open_platform(settings) as opened:
        if not yes:
            _confirm(opened, customer, document)
        if customer:
            return erase_customer(opened, customer, person(), reason)
        return erase_document(opened, document, person(), reason)


def report(erased: Erased) -> dict[str, Any]:
    """`aieco erase --json`: the certificate, and where it lies."""
    return asdict(erased.certificate) | {"certificate": str(erased.path)}


def print_erased(erased: Erased) -> None:
    certificate = erased.certificate
    for place, count in sorted(certificate.removed.items()):
        print(f"{count:>9,}  {place}")
    for one in certificate.left:
        print(f"     LEFT  {one}")
    for one in certificate.models:
        print(f"  retrain  {one['model']} version {one['version']}: {one['do']}")
    print(f"Erased, and kept out from now on. Certificate: {erased.path}")
    if certificate.subject.startswith("customer:"):
        print("`aieco run` makes the aggregates anew.")


def _confirm(settings: Settings, customer: str, document: str) -> None:
    if not sys.stdin.isatty():
        raise AiecoError("Erasing can't be undone: say --yes where nobody can be asked.")
    if customer:
        held = ", ".join(f"{rows:,} in {place}" for place, rows in customer_holdings(settings, customer).items())
    else:
        found = document_holdings(settings, document)
        held = ", ".join(found.paths)
    print(f"This home holds {held or 'nothing of it any more'}.")
    if not typer.confirm("Erase it for good?"):
        raise AiecoError("Nothing was erased.")
