"""The mapping of a shop, `shop.yaml`: which files, which column is what, how values are written, what a return is.

Everything but `columns` has a default that fits most files: what is left out is told by looking at each file.
"""

from __future__ import annotations

import re
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from aieco_assets.core.retail.shop.formats import unknown_directives

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# One column, or several of which the first that is not empty counts (a SKU, else the item's name).
Names = Name | tuple[Name, ...]
# Roles in the order of the warehouse's columns. `time` and `item` every shop has; the others may be missing.
ROLES = ("order", "time", "item", "description", "category", "quantity", "unit_price", "amount", "customer", "country")
Attribute = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,39}$")]
MORE_ROLES = ("store", "currency", "order_type")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Columns(_Part):
    """Which column of the source is what. Names are found in any spelling (`Customer ID`, customer_id, CUSTOMERID);
    `customer.id` is the field of a nested object. A role that is left out is one that the shop does not have."""

    order: Names | None = Field(None, description="Number of the order or invoice; without it: customer and time.")
    time: Names = Field(description="When it was sold: one column, or a date and a time of day as [date, time].")
    item: Names = Field(description="Code of the item; of several names the first that is not empty counts.")
    description: Names | None = Field(None, description="Text of the item.")
    category: Names | None = Field(None, description="Department, product group.")
    quantity: Names | None = Field(None, description="Pieces, or fractions of a unit; without it each line is 1.")
    unit_price: Names | None = Field(None, description="Price of one piece; give this, or `amount`.")
    amount: Names | None = Field(None, description="What the line came to; give this, or `unit_price`.")
    discounts: tuple[Name, ...] = Field(
        (), description="Columns that are taken off quantity x unit_price (or off the amount), above zero or below."
    )
    customer: Names | None = Field(None, description="Number or address of the customer.")
    country: Names | None = Field(None, description="Country of the customer.")
    store: Names | None = Field(None, description="Branch, till or channel.")
    currency: Names | None = Field(None, description="Code of the currency; all lines must have the same one.")
    order_type: Names | None = Field(None, description="What `returns`, `adjustments` and `tests` by column look at.")

    @model_validator(mode="after")
    def _one_price(self) -> Columns:
        if (self.unit_price is None) == (self.amount is None):
            raise ValueError("give one of columns.unit_price and columns.amount: what does a line cost?")
        if isinstance(self.time, tuple) and len(self.time) > 2:
            raise ValueError("columns.time takes one column, or two: [date, time of day]")
        for role in (*ROLES, *MORE_ROLES):
            if getattr(self, role) == ():
                raise ValueError(f"columns.{role} names no column: name one, or leave the entry out")
        taken: dict[str, str] = {}
        for role, names in self.named().items():
            for name in names:
                if role == "order_type" or (role == "description" and name in self._instead_of_code()):
                    continue
                if taken.setdefault(plain(name), role) != role:
                    raise ValueError(f"column {name} is both {taken[plain(name)]} and {role}: leave one out")
        return self

    def _instead_of_code(self) -> tuple[str, ...]:
        """Columns that name an item where its code is missing; its text may."""
        return self.item[1:] if isinstance(self.item, tuple) else ()

    def named(self) -> dict[str, tuple[str, ...]]:
        """Role -> its columns, for the roles that the shop has."""
        found = {role: getattr(self, role) for role in (*ROLES, *MORE_ROLES)}
        named = {role: (names,) if isinstance(names, str) else names for role, names in found.items() if names}
        return {**named, **({"discounts": self.discounts} if self.discounts else {})}


class Written(_Part):
    """How the files are written. What is left out is told file by file, and where it can't be the file is refused."""

    delimiter: str | None = Field(None, min_length=1, max_length=1, description="Of csv files, such as ; or a tab.")
    encoding: str | None = Field(None, description="utf-8, cp1252, utf-16 …")
    decimal: Literal[".", ","] | None = Field(None, description="Decimal mark of numbers.")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="Mark between thousands.")
    date_format: str | None = Field(None, description="As strptime takes it: %d.%m.%Y %H:%M; iso: 2026-03-01T09:00.")
    time_zone: str | None = Field(
        None, description="Zone of the shop (Europe/Dublin): times with an offset are told by its clocks."
    )
    header_row: int | None = Field(
        None, ge=1, le=1_048_576, description="Line or row of the header; default: the first that fits."
    )

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        try:
            return (value and "".encode(value) and value) or value
        except LookupError:
            raise ValueError(f"{value} is no encoding that Python knows: utf-8, cp1252 and utf-16 are") from None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        if value is not None and value not in available_timezones():
            raise ValueError(f"{value} is no time zone: write one such as Europe/Berlin")
        return value

    @field_validator("date_format")
    @classmethod
    def _possible_format(cls, value: str | None) -> str | None:
        if value not in (None, "iso"):
            if unknown := unknown_directives(str(value)):
                raise ValueError(f"{value} holds {unknown}, which is no part of a date format")
            if not {"%Y", "%y"} & {*re.findall("%.", str(value))}:
                raise ValueError(f"{value} has no year: write one such as %d.%m.%Y %H:%M")
            if ("%I" in str(value)) != ("%p" in str(value)):
                raise ValueError(f"{value} has one of %I and %p: hours up to 12 need both, others are %H")
        return value

    @model_validator(mode="after")
    def _marks_differ(self) -> Written:
        if self.decimal and self.decimal == self.thousands:
            raise ValueError(f"{self.decimal} cannot be both the decimal mark and the mark between thousands")
        return self

    @cached_property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.time_zone) if self.time_zone else None


UNTOLD = Written.model_validate({})  # all is told file by file


class Rule(_Part):
    """Lines that something is true of; a line fits when any part of the rule does."""

    order_prefixes: tuple[Name, ...] = Field((), description="Order numbers of this prefix and then a digit, as C1234.")
    order_types: tuple[Name, ...] = Field((), description="Values of columns.order_type, in any case.")
    items: tuple[Name, ...] = Field((), description="Codes of items, in any case; * stands for any characters.")
    categories: tuple[Name, ...] = Field((), description="Categories, in any case; * stands for any characters.")
    customers: tuple[Name, ...] = Field((), description="Customers; * stands for any characters.")
    negative: Literal["quantity", "amount"] | None = Field(None, description="Lines below zero in this are such.")

    def __bool__(self) -> bool:
        return self != _NO_RULE


_NO_RULE = Rule.model_validate({})


class Table(_Part):
    """A table beside the transactions whose columns are joined to the lines: products with categories, customers."""

    file: Name = Field(description="Its name; * stands for any characters.")
    join: dict[Name, Name] = Field(description="Column of the transactions: column of this table.", min_length=1)
    columns: dict[Literal["description", "category", "customer", "country", "store"], Name] = Field(
        description="Role: column of this table; where the transactions have the role, too, theirs comes first."
    )


class Customers(_Part):
    """A table of what is known of customers: by it models are compared group by group, and nothing else is done."""

    file: Name = Field(description="Its name; * stands for any characters.")
    customer: Name = Field(description="Its column with the customer's number, as the transactions write it.")
    attributes: dict[Attribute, Name] = Field(description="Name (age, income): its column.", min_length=1)

    @field_validator("attributes")
    @classmethod
    def _new_names(cls, value: dict[str, str]) -> dict[str, str]:
        if taken := {"country", "segment"} & value.keys():
            raise ValueError(f"{min(taken)} is what models are compared by anyway: leave it out")
        return value


class Shop(_Part):
    """All of `shop.yaml`."""

    layout: str = Field("shop.yaml", exclude=True, description="Where the mapping is from, for messages.")
    default_currency: str = Field("", exclude=True, description="Of a known layout whose lines name none.")
    currency: str | None = Field(
        None, pattern="^[A-Z]{3}$", description="ISO 4217: EUR. Other currencies are rejected."
    )
    files: tuple[Name, ...] = Field((), description="Files of lines, * for any characters; default: all that fit.")
    sheets: tuple[Name, ...] = Field((), description="Sheets of workbooks; default: all whose header fits.")
    rows: Name | None = Field(None, description="Array of a nested order that holds its lines: line_items.")
    fill_down: bool = Field(False, description="What only the first line of an order says holds for all of its lines.")
    order_by_store: bool = Field(False, description="Numbers of orders begin anew in each store, as on receipts.")
    columns: Columns
    written: Written = UNTOLD
    returns: Rule = Field(_NO_RULE, description="What makes a return.")
    adjustments: Rule = Field(_NO_RULE, description="What corrects the books and is neither sale nor return.")
    non_products: Rule = Field(_NO_RULE, description="What is billed and is no item: postage, fees, vouchers.")
    tests: Rule = Field(_NO_RULE, description="Whose orders are tests.")
    tables: tuple[Table, ...] = ()
    customers: Customers | None = Field(None, description="What is known of customers: age, income.")

    @model_validator(mode="after")
    def _rules_have_columns(self) -> Shop:
        if self.fill_down and not self.columns.order:
            raise ValueError("fill_down needs columns.order: name the column, or leave fill_down out")
        has_store = self.columns.store or any("store" in table.columns for table in self.tables)
        if self.order_by_store and not (self.columns.order and has_store):
            raise ValueError("order_by_store needs columns.order and columns.store: name both, or leave it out")
        for name in ("returns", "adjustments", "non_products", "tests"):
            rule: Rule = getattr(self, name)
            for part, role in (
                ("order_prefixes", "order"),
                ("order_types", "order_type"),
                ("categories", "category"),
                ("customers", "customer"),
            ):
                has = getattr(self.columns, role) or any(role in table.columns for table in self.tables)
                if getattr(rule, part) and not has:
                    raise ValueError(f"{name}.{part} needs columns.{role}: name the column, or leave the rule out")
            if rule.negative == "quantity" and not self.columns.quantity:
                raise ValueError(f"{name}.negative is quantity, and columns has none: write amount")
        return self

    @cached_property
    def digest(self) -> str:
        """Names what the mapping decides: with another digest every file is read again."""
        lines = self.model_dump_json(exclude={"customers"})  # which lines do not depend on
        return sha256(f"{lines}{self.default_currency}".encode()).hexdigest()[:16]


def plain(name: str) -> str:
    """A column's name without what spellings differ in: case, blanks, marks."""
    return re.sub(r"[\W_]+", "", name.casefold())


def json_schema() -> dict[str, Any]:
    """The JSON schema of `shop.yaml`, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Shop.model_json_schema()}
