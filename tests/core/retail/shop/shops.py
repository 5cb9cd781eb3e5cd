"""Shops made from a seed: five of different shape, their columns renamed, reordered and retyped, and the true mapping.

The names come from other lists than the product's own, as people write them; or they say nothing (`c1`, `Feld7`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "order": ("Order No", "order_id", "InvoiceNumber", "Receipt #", "TransactionID", "Order Number"),
        "time": ("Order Date", "order_timestamp", "InvoiceDate", "Date", "created_at", "Sold At", "Transaction Date"),
        "clock": ("Time", "Time of Day"),
        "item": ("SKU", "Product ID", "item_code", "StockCode", "Article Number", "PLU"),
        "description": ("Product Name", "Description", "item_description", "Item Name"),
        "category": ("Category", "Department", "product_group", "Product Category"),
        "quantity": ("Qty", "Quantity", "units_sold", "Pieces", "Quantity Ordered"),
        "unit_price": ("Unit Price", "Price Each", "price_per_unit", "UnitPrice"),
        "amount": ("Line Total", "Sales", "total_amount", "Net Sales", "Revenue", "Sales Value"),
        "customer": ("Customer ID", "cust_no", "CustomerNumber", "Client ID", "household_key", "member_id"),
        "email": ("Email", "customer_email"),
        "country": ("Country", "ship_country", "CustomerCountry"),
        "store": ("Store ID", "Branch", "shop_code", "Location"),
        "currency": ("Currency", "currency_code"),
        "order_type": ("Type", "Transaction Type", "Order Status"),
        "row": ("Row ID", "index", "Unnamed: 0", "record_id"),
        "line": ("Line No", "order_line", "Position"),
        "ship": ("Ship Date", "delivered_on", "Delivery Date"),
        "tax": ("VAT", "tax_amount", "Sales Tax"),
        "cost": ("Cost Price", "unit_cost", "COGS"),
        "discount": ("Discount", "discount_amount", "Promo Discount"),
        "notes": ("Notes", "Comment"),
        "postcode": ("Postcode", "zip_code"),
        "phone": ("Phone", "Mobile No"),
        "gift": ("is_gift", "Gift Wrap"),
        "pay": ("Payment Method", "Tender"),
        "staff": ("Cashier", "Employee"),
    },
    "de": {
        "order": ("Bestellnummer", "Rechnungsnr.", "Belegnummer", "Auftrags-Nr", "BonNr"),
        "time": ("Bestelldatum", "Rechnungsdatum", "Datum", "Belegdatum", "Zeitpunkt"),
        "clock": ("Uhrzeit", "Zeit"),
        "item": ("Artikelnummer", "Art.-Nr.", "ArtikelNr", "Produkt-ID"),
        "description": ("Artikelbezeichnung", "Bezeichnung", "Produktname", "Artikeltext"),
        "category": ("Warengruppe", "Kategorie", "Abteilung", "Produktgruppe"),
        "quantity": ("Menge", "Anzahl", "Stückzahl", "Stk"),
        "unit_price": ("Einzelpreis", "Stückpreis", "Preis je Stück", "EP"),
        "amount": ("Gesamtbetrag", "Umsatz", "Positionsbetrag", "Summe", "Betrag"),
        "customer": ("Kundennummer", "Kunden-Nr", "KundenID", "Debitor"),
        "email": ("E-Mail", "Kunden-E-Mail"),
        "country": ("Land", "Lieferland"),
        "store": ("Filiale", "Filialnummer", "Kasse"),
        "currency": ("Währung",),
        "order_type": ("Belegart", "Vorgang", "Status"),
        "row": ("lfd. Nr.", "Index", "Zeile"),
        "line": ("Position", "Pos."),
        "ship": ("Lieferdatum", "Versanddatum"),
        "tax": ("MwSt", "USt-Betrag"),
        "cost": ("Einkaufspreis", "EK"),
        "discount": ("Rabatt", "Nachlass"),
        "notes": ("Bemerkung", "Notiz"),
        "postcode": ("PLZ", "Postleitzahl"),
        "phone": ("Telefon", "Handy"),
        "gift": ("Geschenk", "Geschenkverpackung"),
        "pay": ("Zahlungsart", "Zahlart"),
        "staff": ("Kassierer", "Verkäufer"),
    },
    "fr": {
        "order": ("N° commande", "numero_commande", "Facture", "Ticket"),
        "time": ("Date commande", "date_facture", "Date", "Date de vente"),
        "clock": ("Heure",),
        "item": ("Code article", "ref_produit", "Référence"),
        "description": ("Libellé", "Désignation", "nom_produit"),
        "category": ("Catégorie", "Rayon", "Famille"),
        "quantity": ("Quantité", "Qté", "qte"),
        "unit_price": ("Prix unitaire", "PU", "prix_unitaire"),
        "amount": ("Montant", "montant_total", "Chiffre de ventes"),
        "customer": ("Code client", "id_client", "N° client"),
        "email": ("Courriel", "email_client"),
        "country": ("Pays",),
        "store": ("Magasin", "code_magasin"),
        "currency": ("Devise",),
        "order_type": ("Type", "Statut"),
        "row": ("N° ligne", "index"),
        "line": ("Ligne", "Position"),
        "ship": ("Date livraison", "Date expédition"),
        "tax": ("TVA", "montant_tva"),
        "cost": ("Prix d'achat", "Coût"),
        "discount": ("Remise",),
        "notes": ("Remarque", "Commentaire"),
        "postcode": ("Code postal",),
        "phone": ("Téléphone",),
        "gift": ("Cadeau",),
        "pay": ("Mode de paiement",),
        "staff": ("Vendeur", "Caissier"),
    },
    "es": {
        "order": ("Pedido", "num_pedido", "Factura", "Nº ticket"),
        "time": ("Fecha pedido", "Fecha", "fecha_venta"),
        "clock": ("Hora",),
        "item": ("Código artículo", "cod_producto", "SKU"),
        "description": ("Descripción", "nombre_producto"),
        "category": ("Categoría", "Familia", "Departamento"),
        "quantity": ("Cantidad", "Uds"),
        "unit_price": ("Precio unitario", "precio_ud", "Precio"),
        "amount": ("Importe", "Importe total", "total_linea"),
        "customer": ("Cliente", "id_cliente", "Nº cliente"),
        "email": ("Correo", "email_cliente"),
        "country": ("País",),
        "store": ("Tienda", "cod_tienda"),
        "currency": ("Moneda",),
        "order_type": ("Tipo", "Estado"),
        "row": ("Índice", "fila"),
        "line": ("Línea",),
        "ship": ("Fecha envío", "Fecha entrega"),
        "tax": ("IVA",),
        "cost": ("Coste", "Precio coste"),
        "discount": ("Descuento",),
        "notes": ("Notas", "Nota"),
        "postcode": ("Código postal", "CP"),
        "phone": ("Teléfono",),
        "gift": ("Regalo",),
        "pay": ("Forma de pago",),
        "staff": ("Vendedor", "Cajero"),
    },
    "it": {
        "order": ("Ordine", "numero_ordine", "Scontrino", "N. fattura"),
        "time": ("Data ordine", "Data", "data_vendita"),
        "clock": ("Ora",),
        "item": ("Codice articolo", "cod_prodotto", "Articolo"),
        "description": ("Descrizione", "nome_prodotto"),
        "category": ("Categoria", "Reparto"),
        "quantity": ("Quantità", "Qta", "Pezzi"),
        "unit_price": ("Prezzo unitario", "Prezzo"),
        "amount": ("Importo", "Totale riga", "Importo totale"),
        "customer": ("Cliente", "codice_cliente", "ID cliente"),
        "email": ("Email cliente", "E-mail"),
        "country": ("Paese",),
        "store": ("Negozio", "punto_vendita"),
        "currency": ("Valuta",),
        "order_type": ("Tipo", "Stato"),
        "row": ("Indice",),
        "line": ("Riga",),
        "ship": ("Data spedizione", "Data consegna"),
        "tax": ("IVA",),
        "cost": ("Costo",),
        "discount": ("Sconto",),
        "notes": ("Nota", "Note"),
        "postcode": ("CAP",),
        "phone": ("Telefono",),
        "gift": ("Regalo",),
        "pay": ("Pagamento",),
        "staff": ("Operatore", "Commesso"),
    },
    "nl": {
        "order": ("Bestelnummer", "Ordernr", "Factuurnummer", "Bonnummer"),
        "time": ("Besteldatum", "Datum", "Factuurdatum"),
        "clock": ("Tijd",),
        "item": ("Artikelcode", "Artikelnr", "Productcode"),
        "description": ("Omschrijving", "Productnaam"),
        "category": ("Categorie", "Productgroep", "Afdeling"),
        "quantity": ("Aantal", "Hoeveelheid"),
        "unit_price": ("Stukprijs", "Prijs per stuk", "Eenheidsprijs"),
        "amount": ("Bedrag", "Totaalbedrag", "Omzet"),
        "customer": ("Klantnummer", "Klantnr", "Klant"),
        "email": ("E-mailadres", "Email klant"),
        "country": ("Land",),
        "store": ("Filiaal", "Winkel"),
        "currency": ("Munteenheid", "Valuta"),
        "order_type": ("Soort", "Status"),
        "row": ("Rij", "index"),
        "line": ("Regelnummer", "Regel"),
        "ship": ("Leverdatum", "Verzenddatum"),
        "tax": ("BTW",),
        "cost": ("Kostprijs", "Inkoopprijs"),
        "discount": ("Korting",),
        "notes": ("Opmerking",),
        "postcode": ("Postcode",),
        "phone": ("Telefoon",),
        "gift": ("Cadeau",),
        "pay": ("Betaalwijze",),
        "staff": ("Kassamedewerker", "Medewerker"),
    },
}
_THINGS = [
    "mug",
    "lamp",
    "chair",
    "candle",
    "frame",
    "bowl",
    "clock",
    "towel",
    "basket",
    "vase",
    "tray",
    "plate",
    "scarf",
    "brush",
    "hook",
    "jar",
    "bottle",
    "rug",
]
_KINDS = [
    "red",
    "blue",
    "oak",
    "glass",
    "tin",
    "small",
    "large",
    "vintage",
    "striped",
    "round",
    "linen",
    "steel",
    "paper",
    "wool",
    "mini",
    "classic",
    "garden",
]
_GROUPS = [
    "Kitchen",
    "Garden",
    "Lighting",
    "Textiles",
    "Toys",
    "Stationery",
    "Bathroom",
    "Food",
    "Drinks",
    "Outdoor",
    "Tools",
    "Bakery",
]
_COUNTRIES = ("Germany", "France", "Spain", "United Kingdom", "Netherlands", "Belgium", "Italy", "Austria")
_FIRST, _LAST = (
    ["anna", "ben", "carla", "david", "eva", "finn", "greta", "hugo", "ida", "jan"],
    ["moor", "klein", "rossi", "garcia", "dubois", "smith", "bakker"],
)


@dataclass
class MadeShop:
    """`rows`: column -> values as text, in the order of the file. `truth`: role -> columns that may play it.

    `meaningless`: the names say nothing. `decimal`, `date_format`: how it is written.
    """

    name: str
    rows: dict[str, list[str | None]]
    truth: dict[str, tuple[str | tuple[str, ...], ...]]
    meaningless: bool
    language: str
    decimal: str
    date_format: str
    traits: list[str] = field(default_factory=list)


def make_shop(seed: int, shape: int) -> MadeShop:
    """One of the five shapes (0 to 4): wholesale, supermarket, web shop, till, trade counter."""
    rng = random.Random(seed * 5 + shape)
    language = rng.choice([*NAMES, "none", "none"])
    return _Maker(rng, language).make(shape)


class _Maker:
    def __init__(self, rng: random.Random, language: str) -> None:
        self.rng, self.language = rng, language
        self.traits: list[str] = []

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def make(self, shape: int) -> MadeShop:
        rng = self.rng
        lines, roles, extra = (self.wholesale, self.supermarket, self.web_shop, self.till, self.counter)[shape]()
        for name in extra:
            self.traits.append(name)
        keys = [key for key in lines[0] if key in roles or key in extra]
        rng.shuffle(keys)
        foreign = self.language in ("de", "fr", "es", "it", "nl")
        decimal = "," if (foreign and self.chance(0.7)) or (self.language == "none" and self.chance(0.3)) else "."
        dates = ["iso", "iso", "%d.%m.%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y%m%d", "%d %b %Y"]
        dates += ["%m/%d/%Y", "%m/%d/%Y"] if self.language in ("en", "none") else []
        form = rng.choice(dates)
        hour = "" if "clock" in roles or shape == 4 or form == "%Y%m%d" else rng.choice([" %H:%M", " %H:%M:%S"])
        names = self.names(keys)
        writers: dict[str, Callable[[Any], str | None]] = {key: self.writer(key, decimal, form, hour) for key in keys}
        rows = {names[key]: [writers[key](line[key]) for line in lines] for key in keys}
        truth: dict[str, tuple[str | tuple[str, ...], ...]] = {}
        for role in roles:
            if role not in ("clock", "email"):
                truth[role] = (names[role],)
        if "clock" in roles:
            truth["time"] = ((names["time"], names["clock"]),)
        if "email" in roles:
            truth["customer"] = (names["email"], *(truth.get("customer", ())))
        return MadeShop(
            ("wholesale", "supermarket", "web shop", "till", "counter")[shape], rows, truth, self.language == "none",
            self.language, decimal, "iso" if form == "iso" else form + (" %H:%M" if "clock" in roles else hour),
            self.traits,
        )  # fmt: skip

    def names(self, keys: list[str]) -> dict[str, str]:
        if self.language == "none":
            stem = self.rng.choice(["c", "Feld", "col_", "F", "X", "field "])
            return {key: f"{stem}{index}" for index, key in enumerate(keys, start=1)}
        said: dict[str, str] = {}
        for key in keys:
            free = [name for name in NAMES[self.language][key] if name not in said.values()]
            said[key] = self.rng.choice(free)
        case = self.rng.choice([str, str, str.upper, str.lower])
        return {key: case(name) for key, name in said.items()}

    def writer(self, key: str, decimal: str, form: str, hour: str) -> Callable[[Any], str | None]:
        if key in ("time", "ship"):
            pattern = "%Y-%m-%d" if form == "iso" else form
            tail = hour if key == "time" else ""
            return lambda value: value.strftime(pattern + tail)
        if key in ("unit_price", "amount", "tax", "cost", "discount"):
            sign = self.rng.choice(["", "", "", " €", "£"]) if key in ("unit_price", "amount") else ""
            grouped = self.chance(0.2)

            def money(value: float) -> str:
                text = f"{value:,.2f}" if grouped else f"{value:.2f}"
                text = text.translate(str.maketrans({".": ",", ",": "."})) if decimal == "," else text
                return sign + text if sign == "£" else text + sign

            return money
        if key == "quantity":
            fraction = f"{{}}{decimal}0" if self.chance(0.1) else "{}"

            def pieces(value: float) -> str:
                return fraction.format(value) if isinstance(value, int) else f"{value:g}".replace(".", decimal)

            return pieces
        return lambda value: None if value is None else str(value)

    # What the shops sell and to whom.

    def items(self, count: int, dearest: float = 60) -> list[dict[str, Any]]:
        rng = self.rng
        shape = rng.choice(["int", "alnum", "long", "ean-less"])
        groups = rng.sample(_GROUPS, rng.randint(4, 9))
        texts: set[str] = set()
        while len(texts) < count:
            more = rng.choice(["", "set", f"no. {rng.randint(2, 99)}", rng.choice(_KINDS)])
            texts.add(f"{rng.choice(_KINDS)} {rng.choice(_THINGS)} {more}".strip())
        numbers = rng.sample(range(10_000, 99_999), count)
        made = []
        for number, text in zip(numbers, sorted(texts, key=lambda _: rng.random()), strict=True):
            code = {
                "int": f"{number}",
                "alnum": f"{text[:2].upper()}-{number}",
                "long": f"{number}00{number % 97:02}",
                "ean-less": f"0{number}",
            }[shape]
            price = round(rng.uniform(0.5, dearest), 2)
            cost = round(price * rng.uniform(0.4, 0.7), 2)
            made.append(
                {
                    "item": code,
                    "description": text.title(),
                    "category": rng.choice(groups),
                    "unit_price": price,
                    "cost": cost,
                }
            )
        return made

    def customers(self, count: int) -> list[dict[str, Any]]:
        rng = self.rng
        shape = rng.choice(["int", "text", "padded"])
        numbers = rng.sample(range(10_000, 60_000), count)
        weights = [6, 1, 1, 1, 1, 1, 1, 1]
        made = []
        for index, number in enumerate(numbers):
            person = f"{rng.choice(_FIRST)}.{rng.choice(_LAST)}{index}"
            made.append(
                {
                    "customer": {"int": f"{number}", "text": f"K-{number}", "padded": f"000{number}"}[shape],
                    "email": f"{person}@example.com",
                    "country": rng.choices(_COUNTRIES, weights)[0],
                    "postcode": f"{rng.randint(10, 89)}{rng.randint(100, 140)}",
                    "phone": f"+49 {rng.randint(100, 999)} {rng.randint(100000, 999999)}",
                }
            )
        return made

    def orders(self, count: int, open_hours: tuple[int, int] = (8, 20), days: int = 0) -> list[datetime]:
        start = date(2025, self.rng.randint(1, 12), self.rng.randint(1, 28))
        days = days or self.rng.randint(60, 320)
        return sorted(
            datetime.combine(start, datetime.min.time())
            + timedelta(
                days=self.rng.randrange(days),
                minutes=self.rng.randrange(open_hours[0] * 60, open_hours[1] * 60),
                seconds=self.rng.randrange(60),
            )
            for _ in range(count)
        )

    def lines_of(
        self, times: list[datetime], items: list[dict[str, Any]], people: list[dict[str, Any]], most: int
    ) -> list[dict[str, Any]]:
        rng = self.rng
        first = rng.randint(1000, 90_000)
        prefix = rng.choice(["", "", "W", "SO-", "2025-"])
        lines: list[dict[str, Any]] = []
        popular = [1 / (index + 3) for index in range(len(items))]
        loyal = [1 / (index + 5) for index in range(len(people))]
        for index, when in enumerate(times):
            person = rng.choices(people, loyal)[0]
            head = {
                "order": f"{prefix}{first + index}",
                "time": when,
                "clock": f"{when:%H:%M}",
                **person,
                "ship": when + timedelta(days=rng.randint(1, 6)),
                "pay": rng.choice(["Visa", "Cash", "PayPal", "Mastercard"]),
                "gift": rng.choices([0, 1], [9, 1])[0],
                "notes": rng.choice(["call first", "leave at door", "urgent please"]) if rng.random() < 0.05 else None,
            }
            chosen = {item["item"]: item for item in rng.choices(items, popular, k=rng.randint(1, most))}
            for line, item in enumerate(chosen.values(), start=1):
                quantity = rng.choices([1, 2, 3, 4, 6, 12], [6, 3, 1, 1, 1, 1])[0]
                lines.append({**head, **item, "line": line, "quantity": quantity, "row": len(lines) + 1})
        for line in lines:
            line["amount"] = round(line["quantity"] * line["unit_price"], 2)
            line["tax"] = round(line["amount"] * 0.2, 2)
            line["discount"] = 0.0
        return lines

    def some(self, **chances: float) -> list[str]:
        return [name for name, share in chances.items() if self.chance(share)]

    # The shapes. Each gives its lines, the roles that are told by them, and columns that play none.

    def wholesale(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """Many lines an order, few without a customer, returns below zero; as UCI Online Retail."""
        lines = self.lines_of(self.orders(160), self.items(130), self.customers(60), 14)
        for line in lines:
            if self.chance(0.03):
                line["quantity"] = -line["quantity"]
                line["amount"] = -line["amount"]
                line["tax"] = -line["tax"]
        nobody = {line["order"] for line in lines if self.chance(0.01)}
        for line in lines:
            if line["order"] in nobody:
                line["customer"] = None
        roles = [
            "order",
            "time",
            "item",
            "quantity",
            "unit_price",
            "customer",
            *self.some(description=0.85, country=0.7, category=0.3),
        ]
        return lines, roles, self.some(row=0.3, line=0.2, postcode=0.2, notes=0.2, gift=0.2)

    def supermarket(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """Receipts of several branches, what a line came to after discounts; as Complete Journey."""
        lines = self.lines_of(self.orders(300, (7, 22)), self.items(220, 15), self.customers(90), 10)
        places = [str(number) for number in self.rng.sample(range(100, 999), self.rng.randint(6, 14))]
        home = {line["customer"]: self.rng.choice(places) for line in lines}
        place = {
            line["order"]: home[line["customer"]] if self.chance(0.8) else self.rng.choice(places) for line in lines
        }
        for line in lines:
            line["store"] = place[line["order"]]
            if self.chance(0.25):
                line["discount"] = round(line["amount"] * self.rng.choice([0.1, 0.2, 0.25]), 2)
                line["amount"] = round(line["amount"] - line["discount"], 2)
        roles = [
            "order",
            "time",
            "item",
            "quantity",
            "amount",
            "customer",
            "store",
            *self.some(description=0.5, category=0.6),
        ]
        return lines, roles, self.some(discount=0.6, row=0.2, pay=0.2)

    def web_shop(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """Customers by address, price and what a line came to, a kind of each line that says return."""
        lines = self.lines_of(self.orders(350, (0, 24)), self.items(90, 120), self.customers(160), 4)
        sold, back = self.rng.choice(
            [("sale", "return"), ("completed", "refunded"), ("Verkauf", "Retoure"), ("vente", "retour")]
        )
        for line in lines:
            line["currency"] = "EUR"
            line["order_type"] = back if self.chance(0.05) else sold
            line["customer"] = line["email"] if "email" in line else line["customer"]
        who = self.rng.choice([["customer"], ["email"]])
        if who == ["customer"]:
            for line in lines:
                line["customer"] = f"c{abs(hash_of(line['email'])) % 10**6}"
        price = self.rng.choice([["unit_price"], ["unit_price", "amount"]])
        roles = [
            "order",
            "time",
            "item",
            "description",
            "quantity",
            *price,
            *who,
            *self.some(currency=0.5, order_type=0.5, country=0.6, category=0.5),
        ]
        return (
            lines,
            roles,
            self.some(
                ship=0.5, tax=0.3 if len(price) > 1 else 0, phone=0.2, postcode=0.3, gift=0.2, notes=0.2, pay=0.3
            ),
        )

    def till(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """One branch, no customers, text for items, date and hour apart; sometimes each line is one piece."""
        lines = self.lines_of(self.orders(420, (7, 19), 45), self.items(45, 9), self.customers(3), 5)
        pieces = self.chance(0.7)
        if not pieces:
            for line in lines:
                line["quantity"], line["amount"] = 1, line["unit_price"]
        staff = {line["order"]: self.rng.choice(["Kim", "Lee", "Sam", "Alex"]) for line in lines}
        for line in lines:
            line["staff"] = staff[line["order"]]
        roles = ["order", "time", "clock", "amount", *(["quantity"] if pieces else [])]
        roles += self.rng.choice([["item"], ["description"], ["item", "description"]])
        if "item" not in roles:
            for line in lines:
                line["item"] = line["description"]
            roles[roles.index("description")] = "item"
        return lines, [*roles, *self.some(category=0.4)], self.some(pay=0.5, staff=0.4, row=0.2)

    def counter(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """A trade counter without order numbers: customer and day; parts and metres, price, cost, total and tax."""
        lines = self.lines_of(self.orders(380, days=200), self.items(120, 200), self.customers(70), 5)
        for line in lines:
            if int(line["item"].split("-")[-1]) % 4 == 0:
                line["quantity"] = round(self.rng.uniform(0.2, 9), 2)
                line["amount"] = round(line["quantity"] * line["unit_price"], 2)
                line["tax"] = round(line["amount"] * 0.19, 2)
        both = self.chance(0.7)
        roles = [
            "time",
            "item",
            "description",
            "quantity",
            "unit_price",
            "customer",
            *(["amount"] if both else []),
            *self.some(order=0.3, country=0.3),
        ]
        named = self.language != "none"
        return lines, roles, self.some(cost=0.4 if both or named else 0, tax=0.4 if both else 0, row=0.3, postcode=0.2)


def hash_of(text: str) -> int:
    """The same number in every process."""
    return sum((index + 1) * 7919 * ord(char) for index, char in enumerate(text))


def verdict(
    shop: MadeShop, columns: dict[str, Any], written: dict[str, Any], questions: int, missing: bool
) -> tuple[str, str]:
    """`right`, `asked` or `wrong`, and what is wrong. Price and amount that say the same are as good as each other."""
    wrong = []
    for role in (
        "order",
        "time",
        "item",
        "description",
        "category",
        "quantity",
        "customer",
        "country",
        "store",
        "currency",
        "order_type",
    ):
        have, want = columns.get(role), shop.truth.get(role, ())
        have = tuple(have) if isinstance(have, list | tuple) else have
        if (have is None) != (not want) or (have is not None and have not in want):
            wrong.append(f"{role}: {have}, not {want}")
    price, amount = columns.get("unit_price"), columns.get("amount")
    fits = (price and price in shop.truth.get("unit_price", ())) or (amount and amount in shop.truth.get("amount", ()))
    if not fits:
        wrong.append(f"price {price} amount {amount}, not {shop.truth.get('unit_price')} {shop.truth.get('amount')}")
    money = shop.rows.get(price or amount or "", [])
    if any(value and ("," in value or "." in value) for value in money) and written.get("decimal") != shop.decimal:
        wrong.append(f"decimal {written.get('decimal')}, not {shop.decimal}")
    if written.get("date_format") != shop.date_format:
        wrong.append(f"dates {written.get('date_format')}, not {shop.date_format}")
    if questions or missing:
        return "asked", "; ".join(wrong)
    return ("wrong", "; ".join(wrong)) if wrong else ("right", "")
