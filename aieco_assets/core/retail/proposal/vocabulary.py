"""Words and shapes by which values tell what they are: countries, currencies, kinds of payment, returns, postage."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aieco_assets.core.metrics.countries import NAMES
from aieco_assets.core.retail.lines.currencies import KNOWN
from aieco_assets.core.retail.proposal.words import folded


def words_of(text: str) -> frozenset[str]:
    """The words of a text, folded."""
    return frozenset(folded(word) for word in text.split())


_CODES = """
    AD AE AL AR AT AU BA BE BG BR BY CA CH CL CN CO CR CY CZ DE DK DO EC EE EG ES FI FR GB GE GR HK HR HU ID IE IL IN
    IS IT JP KE KR KZ LI LT LU LV MA MC MD ME MK MT MX MY NG NL NO NZ PA PE PH PK PL PT QA RO RS RU SA SE SG SI SK SM
    TH TN TR TW UA UK US UY VE VN XK ZA AUT BEL CHE DEU DNK ESP FIN FRA GBR IRL ITA NLD NOR POL PRT SWE USA CAN AUS
"""
COUNTRY_CODES = frozenset(map(str.upper, words_of(_CODES)))
COUNTRIES = frozenset(map(folded, NAMES)) | words_of(
    """Deutschland Österreich Schweiz Frankreich Italien Spanien Niederlande Belgien Luxemburg Polen Dänemark Schweden
    Norwegen Finnland Irland Großbritannien Tschechien Ungarn Griechenland Allemagne Autriche Suisse Italie Espagne
    Belgique Luxembourg Pologne Danemark Suède Norvège Finlande Irlande Portugal Royaume-Uni Pays-Bas États-Unis
    Alemania Austria Suiza Francia Italia España Bélgica Polonia Dinamarca Suecia Noruega Finlandia Irlanda Holanda
    Germania Svizzera Spagna Belgio Danimarca Svezia Norvegia Duitsland Oostenrijk Zwitserland Frankrijk Italië Spanje
    Nederland België Denemarken Zweden Noorwegen Ierland USA UK EIRE Unspecified Scotland Wales England"""
)
CURRENCIES = words_of(" ".join(KNOWN))
_PAYMENT = (
    r"visa|master ?card|cash|bar(zahlung)?|(ec|kredit|debit|credit|gift).?(karte|card)|karte|card|pay ?pal|klarna|amex|"
    r"invoice|rechnung|apple pay|google pay|sepa|lastschrift|vorkasse|contado|tarjeta|especes|carte( bancaire)?|cb|"
    r"contanti|carta|bancomat|ideal|sofort|stripe|cheque|check|twint|giropay|e?wallet"
)
PAYMENT = re.compile(rf"^({_PAYMENT})$")
UNITS = re.compile(
    r"^(pcs?|st(k|ck|ueck)?|kg|g|l|ml|m|cm|mm|box|pack(ung)?|karton|ea|each|unit|pair|paar|set|dozen|oz|lb|piece|pieces|"
    r"liter|kiste|bottle|x?x?s|x*l|one size)\.?$"
)
COLOURS = words_of(
    """red blue green black white yellow grey gray pink purple orange brown beige silver gold navy rot blau grün schwarz
    weiß gelb grau rosa lila braun rouge bleu vert noir blanc jaune rojo azul verde negro blanco rosso nero bianco"""
)
FLAGS = words_of("0 1 true false t f y n yes no ja nein oui non si x j - on off wahr falsch")
RETURNS = re.compile(
    r"\b(returns?|returned|refund(ed)?|rma|rueckgabe|retoure?|retour(en)?|gutschrift|credit ?(note|memo)|devolucion|"
    r"devuelto|reso|rimborso|nota di credito|avoir|remboursement|rembourse|reembolso|abono|creditnota|terugbetaling|"
    r"ruecksendung|erstattung|erstattet|ret)\b"
)
CANCELLED = re.compile(
    r"\b(cancel(l?ed|lation)?|storno|storniert|annul(e|ee|lato|liert|ation|ado)?|void(ed)?|failed|rejected|draft|pending|"
    r"abgebrochen|anulad[ao]|cancelad[ao]|geannuleerd|fehlgeschlagen|trash|abandoned|expired)\b"
)
SOLD = re.compile(
    r"\b(sale|sold|sales|verkauf|vente|venta|vendita|verkoop|complete|completed|closed|paid|bezahlt|shipped|fulfilled|"
    r"delivered|order|bestellung|versendet|geliefert|payee|pagado|pagato|invoice|rechnung|abgeschlossen|livree|enviado|"
    r"payment|s|ok)\b"
)
_CHARGE = (
    r"postage|shipping|delivery|freight|carriage|handling|bank charges?|amazon fee|versand|porto|fracht|lieferung|"
    r"livraison|frais (de )?(port|livraison)|envio|gastos de envio|portes|spedizione|spese di spedizione|verzending|"
    r"verzendkosten|versandkosten|lieferkosten|gift ?(voucher|card)|voucher|gutschein|bon cadeau|tarjeta regalo|"
    r"buono regalo|cadeaubon|geschenkgutschein|geschenkkarte|discount|rabatt|remise|descuento|sconto|korting|"
    r"adjustment|service fee|fee|gebuehr|mahngebuehr|commission|"
    r"pfand|trinkgeld|rounding|rundung|surcharge|gift ?wrap(ping)?|"
    r"carrier bag|tragetasche"
)
_BEFORE = r"dotcom|standard|express|next day|dhl|ups|dpd|gls|international|domestic|free|first class|special"
_BEHIND = r"costs?|charges?|fees?|kosten|pauschale|standard|express|dhl|ups|dpd|gls|international|adjustment"
_WORTH = r"[-:(]?\s?(?:[£$€]?\s?\d+(?:[.,]\d+)?\s?(?:%|eur|gbp|usd|[£$€])?|[\w ]{0,12}\))"
CHARGES = re.compile(rf"^(?:(?:{_BEFORE})\s)*(?:{_CHARGE})(?:\s?(?:{_BEHIND}))*(?:\s?{_WORTH})?$")
TESTS = re.compile(
    r"^(test|testartikel|test ?(item|product|produkt|artikel|order|user|customer|kunde).*|this is a test.*|dummy.*|"
    r"test[-_ ]?\d+)$"
)
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.\w+$")
PHONE = re.compile(r"^(\+|00|\(?0)[\d ()/.-]{8,}$")


def share(values: Sequence[str], what: object) -> float:
    """How much of the distinct values is in a vocabulary (a set of folded words, or a pattern of them)."""
    few = [folded(value) for value in values[:300]]
    if not few:
        return 0.0
    if isinstance(what, re.Pattern):
        return sum(bool(what.match(value)) for value in few) / len(few)
    return sum(value in what for value in few) / len(few)  # pyright: ignore[reportOperatorIssue]


def countries(values: Sequence[str]) -> float:
    """How much of the distinct values is the name or the code of a country."""
    if not values:
        return 0.0
    return sum(value in COUNTRY_CODES or folded(value) in COUNTRIES for value in values[:300]) / len(values[:300])


def is_barcode(values: Sequence[str]) -> bool:
    """Whether they are numbers of 8, 12 or 13 digits with the check digit of an EAN or UPC."""
    few = values[:100]
    return bool(few) and sum(_checked(value) for value in few) / len(few) > 0.9


def _checked(value: str) -> bool:
    if not value.isdecimal() or len(value) not in (8, 12, 13, 14):
        return False
    digits = [int(digit) for digit in reversed(value)]
    return sum(digit * (3 if index % 2 else 1) for index, digit in enumerate(digits)) % 10 == 0


def is_charge(text: str) -> bool:
    """Whether the text of an item says that it is postage, a fee, a voucher."""
    text = folded(text).strip()
    return bool(CHARGES.match(text))
