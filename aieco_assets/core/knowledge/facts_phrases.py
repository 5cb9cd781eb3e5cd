"""How documents say since when they hold, until when, of which day and version they are, and what they replace."""

from __future__ import annotations

import re


def _any(*phrases: str) -> re.Pattern[str]:
    """One of the phrases, a line for each language."""
    return re.compile(rf"\b(?:{'|'.join(phrases)})", re.IGNORECASE)


# A day follows each of these. Days have dots in them, sentences end with one: `(?<=\\d)\\.` is of a day.
_GAP = r"(?:[^.\n]|(?<=\d)\.){0,60}?"
FROM = _any(
    r"(?:in force|valid|effective|applie[sd]|appl(?:y|icable)|comes? into (?:force|effect)|takes effect|with effect)"
    r"(?: as)?(?: from| since| on| of| date)*:?\s",
    r"(?:gültig|in kraft|gilt|wirksam)\s(?:ab|seit|vom|ab dem)\s|inkrafttreten:?\s(?:am\s)?",
    r"tritt\s(?:am|zum|mit wirkung vom)\s(?=.{4,30}?\bin kraft)",
    r"en vigueur\s?:?\s(?:à (?:partir|compter) du|depuis le|dès le|le|au)?\s?",
    r"applicable (?:à (?:partir|compter) du|dès le)\s",
    r"(?:vigente|en vigor|válid[oa]|vigencia:?) (?:desde(?: el)?|a partir del?|el)\s|entra(?:rá)? en vigor el\s",
    r"(?:vigente|em vigor|válid[oa]|vigência:?) (?:desde(?: o dia)?|a partir d[eo](?: dia)?)\s",
    r"entra(?:rá)? em vigor (?:em|no dia|a partir de)\s",
    r"(?:účinn(?:ost|osti|á|ý|é)|platn(?:ost|osti|á|ý|é)|platí|nabývá účinnosti)(?: od| dne| dnem|:)*\s",
    r"(?:obowiązuje|ważn[aey]) od\s|wchodzi w życie(?: z dniem)?\s",
    r"(?:in vigore|valid[oa]) dal?\s|(?:geldig|van kracht) (?:vanaf|per|sinds)\s",
)
TITLE_FROM = re.compile(r"\b(?:from|ab|à partir du|desde el|a partir de|od)\s", re.IGNORECASE)
UNTIL = _any(
    rf"(?:in force|valid|effective|applies){_GAP}(?:\b(?:until|till|to|through)\s|\d{{4}}\s?[–—]\s?)",
    r"expires(?: on)?:?\s",
    rf"(?:gültig|gilt|in kraft){_GAP}\bbis(?: zum)?\s|tritt\s(?:am|zum)\s(?=.{{4,30}}?\baußer kraft)",
    rf"(?:valable|en vigueur|applicable){_GAP}jusqu['’]au\s",
    rf"(?:vigente|en vigor|válid[oa]|vigencia){_GAP}\bhasta(?: el)?\s",
    rf"(?:vigente|em vigor|válid[oa]|vigência){_GAP}\baté(?: ao?)?(?: dia)?\s",
    rf"(?:účinn|platn|platí){_GAP}\bdo(?: dne)?\s|(?:obowiązuje|ważn[aey]){_GAP}\bdo\s|valid[oa]{_GAP}\bfino al\s",
)
DATED = re.compile(
    r"^\W*(?:date|dated|updated|issued|approved|published|as of|stand|datum|fecha|dne)(?: on)?\s*:?\s"
    r"|\b(?:last (?:updated|reviewed|changed|modified)(?: on)?|(?:zuletzt )?(?:aktualisiert|geändert) am"
    r"|(?:dernière )?mise à jour(?: le)?|última actualización|actualizado el|última atualização|atualizado em"
    r"|(?:poslední )?aktualizace|aktualizováno"
    r"|datum vydání)\s?:?\s",
    re.IGNORECASE | re.MULTILINE,
)
VERSION = re.compile(
    r"\b(?:version|revision|révision|rev\.|fassung|versión|versão|versione|versie|verze|wersja)[ :]+"
    r"v?(\d+(?:\.\d+){0,3}[a-z]?)\b",
    re.IGNORECASE,
)
# Names of documents. A dot after one or two digits or letters is of a day or an abbreviation (1. Mai, č. 12).
REPLACES = re.compile(
    r"\b(?:replaces|supersedes|ersetzt|remplace|annule et remplace|sustituye a|reemplaza|substitui|nahrazuje|zastępuje"
    r"|sostituisce|vervangt):?\s+([^;\n]{3,120}?)(?=(?<![\s(]\d)(?<![\s(]\d\d)(?<!\b\w)(?<!\bno)(?<!\bnr)\.\s|\.?$|;)",
    re.IGNORECASE | re.MULTILINE,
)
