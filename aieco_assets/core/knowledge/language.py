"""The language of a text: by its script or by the small words that every sentence has."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_SAMPLE = 4_000  # characters
_LATIN = "\u024f"  # its letters end there
_WORD = re.compile(r"[^\W\d_]+")
_LEAST, _LEAD = 4, 1.3  # small words that must be there, and how many more than of the next language
_SMALL_WORDS = {
    "en": "the of and to in is that for it with as are on by be this from at or not have you which we an must",
    "de": "der die das und ist nicht mit ein eine von den dem für auf werden wird sich auch bei oder zu des im es sind",
    "fr": "le la les et des est une dans pour que qui du au pas sur avec par ce sont plus vous nous aux ou être",
    "es": "el la los las y de que en una por para con no se del es su al como más está son o este si",
    "it": "il la di che e un una per non con del della sono i gli le da nel dei è si al alla come più",
    "nl": "de het een van en is dat niet op te met voor zijn aan wordt die bij ook door u naar worden of om",
    "pt": "o a os as e de que em um uma para com não do da dos das por se é são no na ao mais",
    "pl": "i w na się z do nie jest że o jak po za od przez dla są oraz lub który przy",
    "sv": "och att det som en på är av för med den till inte har om ett eller vi från kan",
    "da": "og at det som en på er af for med den til ikke har om et eller vi fra kan der",
}
_KNOWN = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh", "ARABIC": "ar", "HEBREW": "he", "CYRILLIC": "ru",
    "GREEK": "el", "THAI": "th",
}  # fmt: skip


def language_of(text: str) -> str:
    """Two letters (ISO 639-1); empty where it can't be told."""
    sample = text[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    others = (one for one in sample if one > _LATIN and one.isalpha())
    scripts = Counter(_SCRIPTS.get(unicodedata.name(one, "").split(" ")[0], "") for one in others)
    del scripts[""]
    if scripts and sum(scripts.values()) > letters / 2:
        return "ja" if scripts["ja"] > 0.05 * sum(scripts.values()) else scripts.most_common(1)[0][0]
    words = _WORD.findall(sample.lower())
    counts = Counter({language: sum(word in small for word in words) for language, small in _KNOWN.items()})
    (first, most), (_, next_most) = counts.most_common(2)
    return first if most >= _LEAST and most >= _LEAD * next_most else ""
