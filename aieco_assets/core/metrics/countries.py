"""Names of countries as people and sources write them, and which of them mean the same. Lower case throughout."""

from __future__ import annotations

from functools import cache

# Name: other names. The sources say EIRE and RSA; people say UK, Holland, the States.
_OTHER_NAMES = """
    united kingdom: uk, gb, britain, great britain
    ireland: eire, republic of ireland, irish republic
    united states: usa, united states of america, america
    netherlands: holland
    south africa: rsa, republic of south africa
    united arab emirates: uae, emirates
    czech republic: czechia
    germany: deutschland
    south korea: korea, republic of korea
    russia: russian federation
    turkey: türkiye
    european community: european union
"""
# A country that the sales do not have is still one: the answer then says so, where a guess would ask the documents.
_OTHERS = """
    afghanistan, albania, algeria, andorra, angola, argentina, armenia, australia, austria, azerbaijan, bahamas,
    bahrain, bangladesh, barbados, belarus, belgium, belize, benin, bhutan, bolivia, bosnia and herzegovina,
    botswana, brazil, brunei, bulgaria, burkina faso, burundi, cambodia, cameroon, canada, cape verde, channel
    islands, chad, chile, china, colombia, congo, costa rica, croatia, cuba, cyprus, denmark, djibouti, dominican
    republic, ecuador, egypt, el salvador, england, eritrea, estonia, eswatini, ethiopia, fiji, finland, france,
    gabon, gambia, georgia, ghana, gibraltar, greece, greenland, grenada, guatemala, guinea, guyana, haiti,
    honduras, hong kong, hungary, iceland, india, indonesia, iran, iraq, isle of man, israel, italy, ivory coast,
    jamaica, japan, jordan, kazakhstan, kenya, kosovo, kuwait, kyrgyzstan, laos, latvia, lebanon, lesotho, liberia,
    libya, liechtenstein, lithuania, luxembourg, macau, madagascar, malawi, malaysia, maldives, mali, malta,
    mauritania, mauritius, mexico, moldova, monaco, mongolia, montenegro, morocco, mozambique, myanmar, namibia,
    nepal, new zealand, nicaragua, niger, nigeria, north macedonia, northern ireland, norway, oman, pakistan,
    panama, papua new guinea, paraguay, peru, philippines, poland, portugal, puerto rico, qatar, romania, rwanda,
    san marino, saudi arabia, scotland, senegal, serbia, seychelles, sierra leone, singapore, slovakia, slovenia,
    somalia, spain, sri lanka, sudan, suriname, sweden, switzerland, syria, taiwan, tajikistan, tanzania, thailand,
    togo, trinidad and tobago, tunisia, turkmenistan, uganda, ukraine, uruguay, uzbekistan, venezuela, vietnam,
    wales, yemen, zambia, zimbabwe
"""
_SYNONYMS = {
    other.strip(): name.strip()
    for name, _, others in (line.partition(":") for line in _OTHER_NAMES.strip().splitlines())
    for other in others.split(",")
}
NAMES = frozenset(_SYNONYMS) | frozenset(_SYNONYMS.values()) | {" ".join(name.split()) for name in _OTHERS.split(",")}


def canonical(name: str) -> str:
    """One name for all that mean the same country; a name that is not known stands for itself. A code (ISO 3166-1, of
    two or three letters) counts in capitals alone: `in` and `to` are words of a question, IN and TO countries."""
    name = " ".join(name.split())
    name = (_code_names().get(name, name) if name.isupper() and len(name) in (2, 3) else name).casefold()
    return _SYNONYMS.get(name, name)


def same(value: str, name: str) -> bool:
    """Whether a country as the sales have it is the one that somebody writes."""
    return canonical(value) == canonical(name) or value.casefold() == name.casefold()


@cache
def _code_names() -> dict[str, str]:
    """Of each code the English name, as the Unicode CLDR has it, in the words that stand above."""
    from babel.core import Locale, get_global

    names = Locale("en").territories.items()
    plain = {code: _plain(name) for code, name in names if len(code) == 2 and code.isalpha()}
    for code, (one, *_) in get_global("territory_aliases").items():
        if len(code) == 3 and code.isalpha() and one in plain:
            plain[code] = plain[one]
    return plain


def _plain(name: str) -> str:
    """`Hong Kong SAR China`, `Myanmar (Burma)`, `Trinidad & Tobago` in fewer words."""
    name = name.partition(" (")[0].removesuffix(" SAR China").replace("&", "and").casefold()
    return {"côte d’ivoire": "ivory coast", "macao": "macau", "congo - brazzaville": "congo"}.get(name, name)


# Of who buys: `German customers`. Without those that are more often something else: polish, china, turkey.
DEMONYMS = {
    **{
        "german": "germany",
        "french": "france",
        "british": "united kingdom",
        "irish": "ireland",
        "dutch": "netherlands",
    },
    **{"belgian": "belgium", "spanish": "spain", "portuguese": "portugal", "italian": "italy", "swiss": "switzerland"},
    **{"austrian": "austria", "danish": "denmark", "swedish": "sweden", "norwegian": "norway", "finnish": "finland"},
    **{"american": "united states", "canadian": "canada", "mexican": "mexico", "brazilian": "brazil"},
    **{"australian": "australia", "japanese": "japan", "chinese": "china", "indian": "india", "greek": "greece"},
    **{
        "hungarian": "hungary",
        "czech": "czech republic",
        "romanian": "romania",
        "cypriot": "cyprus",
        "maltese": "malta",
    },
    **{"israeli": "israel", "icelandic": "iceland", "lithuanian": "lithuania", "lebanese": "lebanon"},
}
_SYNONYMS |= DEMONYMS
