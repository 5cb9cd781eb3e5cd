"""What the name of a column says about it, in six languages: evidence only, as names may be wrong or say nothing."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Concept: words. A word of five letters or more is found within longer ones (Bestelldatum), a shorter one only whole
# or, with a leading or trailing -, at an end (Kundennr).
_WORDS = """
order: order bestell auftrag rechnung beleg invoice receipt basket transaction commande facture ticket pedido factura
  ordine fattura scontrino bestelling factuur bon bill txn trx inv ord vbeln purchase sale checkout bestnr
date: date datum fecha data jour tag date- -date datum- timestamp time zeit zeitpunkt heure hora ora tijd when created
  placed day dia giorno dag dt ts -time datetime purchased -dat at am moment
clock: uhrzeit clock heure hora ora tijd zeit timeofday time
ship: ship shipping shipped deliver delivery liefer versand livraison expedition envio entrega spedizione consegna
  levering verzend dispatch estimated promised arrival
due: due faellig faelligkeit echeance vencimiento scadenza verval expiry expires limit
changed: updated modified changed geaendert modifie actualizado export exported import loaded approved printed paid
  invoiced synced inserted
birth: birth geburt naissance nacimiento nascita geboorte dob signup registered since joined launch
customer: customer kunde kunden client cliente klant household member loyalty shopper buyer debitor acheteur comprador
  acquirente cust kdnr account user debtor consumer card soldto payer
email: email mail courriel correo -email
item: item artikel article product produkt produit producto prodotto articolo articulo sku stock material ware goods
  plu asin matnr upc- prod art merchandise referencia reference title
sku: sku stockcode asin plu matnr itemcode artnr
name: name bezeichnung libelle nombre nome naam designation descripcion descrizione omschrijving description title text
  beschreibung descr desc titel titolo titre benennung denominazione intitule
  detail details
code: code number nummer numero no nr id key num ref -nr -no -id n nbr ident identifier numer codice codigo kennung
  -nummer -number cod
price: price preis prix precio prezzo prijs tarif rate pu vk prc
unit: unit einzel unitaire unitario unitaria stueck per each stuk eenheid pu piece ep stk-
amount: amount total betrag summe umsatz montant importe importo bedrag sales revenue value wert subtotal totale omzet
  ventes turnover spend paid ttl amt dollar linetotal dollars charged extended receipts total-
quantity: quantity quantite quantita menge anzahl qty qte cantidad aantal units pieces pcs stk stueckzahl uds pezzi
  hoeveelheid qnty count quant mng pz unidades stuecke nombre- unites
discount: discount rabatt remise descuento sconto korting disc coupon nachlass reduction markdown promo abzug ristourne
  skonto rebate retail_disc
tax: tax vat mwst ust tva iva btw steuer gst impuesto imposta taxe taxes
cost: cost kostprijs einkauf ek achat coste costo inkoop cogs purchaseprice wholesale kosten einstand cout
profit: profit margin marge gewinn db margen margine ertrag winst benefice
list: list rrp uvp msrp catalogue original regular listen compare before
freight: freight fret porto carriage fracht handling postage surcharge tip
country: country land pays pais paese nation lieferland rechnungsland countrycode ctry
store: store shop branch filiale filial till kasse magasin tienda negozio winkel outlet boutique sucursal filiaal
  channel kanal   canal register terminal market location site kanaal canale
category: category kategorie categorie categoria department warengruppe rayon famille familia departamento reparto
  afdeling group gruppe groep sortiment dept class family section produktgruppe commodity wgr cat abteilung
  groupe gruppo   productgroep
sub: sub subcategory unter sous micro
currency: currency waehrung devise moneda valuta munt curr waehrungscode monnaie divisa
type: type typ vorgang soort tipo status etat stato estado art kind state belegart buchungsart vorgangsart
brand: brand marke marque marca merk label hersteller manufacturer vendor
supplier: supplier lieferant fournisseur proveedor fornitore leverancier seller
phone: phone telefon telephone telefono telefoon mobile tel handy
zip: zip postcode plz postal cp cap zipcode postleitzahl
city: city ort stadt ville ciudad citta plaats town region province bundesland county
address: address strasse street adresse direccion indirizzo adres
note: note notes comment remark bemerkung kommentar notiz remarque nota commentaire opmerking hinweis memo message tags
line: line row zeile ligne linea riga regel pos position lineno rowid index lfd lfdnr seq sequence rownum record
gift: gift geschenk cadeau regalo wrap flag is has
weight: weight gewicht poids peso size groesse width colour color farbe couleur
pay: payment pay zahlung zahlart paiement pago pagamento betaling tender method zahlungsart
staff: cashier employee staff kassierer verkaeufer vendeur vendedor operator clerk salesperson bediener caissier rep
  kassamedewerker   commesso cajero operatore operador operateur medewerker mitarbeiter employe empleado kassierin
session: session tracking visit cookie batch campaign delivery- referrer device ip
barcode: ean gtin upc barcode strichcode gencod codebarre
person: segment gender sex age geschlecht alter genre genero edad sesso rating score
week: week woche semaine semana settimana month monat mois year jahr quarter
"""


def _lexicon() -> dict[str, str]:
    found: dict[str, list[str]] = {}
    concept = ""
    for line in _WORDS.strip().splitlines():
        head, colon, words = line.partition(":")
        if colon:
            concept = head
        for word in (words if colon else line).split():
            found.setdefault(word, []).append(concept)
    return {word: " ".join(concepts) for word, concepts in found.items()}


_LEXICON = _lexicon()
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@lru_cache(20_000)
def folded(text: str) -> str:
    """Lower case, without accents; the German vowels as two letters."""
    text = text.casefold().translate(_UMLAUTS)
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


@lru_cache(4096)
def concepts(name: str) -> frozenset[str]:
    """The concepts that a column's name speaks of; none when it says nothing (`c1`, `feld7`)."""
    split = re.sub(
        r"(?<=[a-zäöüß])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name.replace("№", "no").replace("n°", "no")
    )
    tokens = re.findall(r"[a-z]+", folded(split))
    found: set[str] = set()
    for token in [*tokens, "".join(tokens)]:
        for form in {token, token.removesuffix("s")}:
            found.update(_LEXICON.get(form, "").split())
        if token in _LEXICON:
            continue
        for word, meaning in _LEXICON.items():
            bare = word.strip("-")
            within = len(bare) >= 5 and bare in token
            ends = (word[0] == "-" and token.endswith(bare)) or (word[-1] == "-" and token.startswith(bare))
            if len(token) > len(bare) + 1 and (within or ends):
                found.update(meaning.split())
    return frozenset(found)


def is_foreign(name: str) -> bool:
    """Whether a name is written in a language whose dates never put the month first."""
    text = folded(name)
    return any(word in text for word in _FOREIGN.split())


_FOREIGN = """datum fecha kunde artikel bestell rechnung preis menge betrag commande facture quantite prix libelle
    montant pedido precio cantidad importe cliente articulo ordine prezzo quantita importo klant
    aantal prijs bedrag"""
