"""The language of a text: by its script or by the small words that every sentence has."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_SAMPLE = 4_000  # characters
_LATIN = "\u024f"  # its letters end there
_WORD = re.compile(r"[^\W\d_]+")
# Small words that must be there, how many of them different, and how many times those of the next language.
_LEAST, _DISTINCT, _LEAD = 4, 2, 1.3
_SMALL_WORDS = {
    "en": "the of and to in is that for it with as are on by be this from at or not have you which we an must",
    "de": "der die das und ist nicht mit ein eine von den dem für auf werden wird sich auch bei oder zu im es sind vom",
    "fr": "le la les et des est une dans pour que qui du au pas sur avec par ce sont plus vous nous aux ou être",
    "es": "el la los las de que en una por para con no se del es su al como más está son o este si",
    "it": "il la di che un una per non con del della sono i gli le da nel dei è si al alla come più",
    "nl": "de het een van en is dat niet op te met voor zijn aan wordt die bij ook door u naar worden of om",
    "pt": "os as de que em um uma para com não do da dos das por se é são no na ao mais",
    "pl": "na się do nie jest że jak po za od przez dla są oraz lub który przy",
    "sv": "och att det som en på är av för med den till inte har om ett eller vi från kan",
    "cs": "se že na je do jsou nebo při může musí být není který která které jeho také podle pokud však ve ze po od",
    "sk": "sa že na je do sú alebo pri môže musí byť nie ktorý ktorá ktoré jeho tiež podľa ak však vo zo po od pre",
    "da": "og at det som en på er af for med den til ikke har om et eller vi fra kan der",
}
_KNOWN = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
# Letters that one language has and its neighbours do not, each as good as a small word.
_LETTERS = {"ěřů": "cs", "ľĺŕ": "sk", "łąę": "pl", "ãõ": "pt"}
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
    words = Counter(_WORD.findall(sample.lower()))
    counts = Counter({language: sum(words[word] for word in small) for language, small in _KNOWN.items()})
    for letters_of, language in _LETTERS.items():
        counts[language] += sum(map(sample.lower().count, letters_of))
    (first, most), (_, next_most) = counts.most_common(2)
    # One word, however often (the A of a list, the names of columns), is no sentence.
    distinct = len(_KNOWN[first] & words.keys())
    return first if most >= _LEAST and distinct >= _DISTINCT and most >= _LEAD * next_most else ""
