from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.core.knowledge.chunking import CHARACTERS, chunk_document
from aieco_assets.core.knowledge.parsed import ParsedDocument, ParsedPage

LINE = st.text(alphabet=st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=200)
PAGE = st.lists(LINE, max_size=40).map("\n".join)


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Pages with headings anywhere at line starts."""
    pages = []
    for number, text in enumerate(draw(st.lists(PAGE, min_size=1, max_size=3)), 1):
        starts = [0, *(at + 1 for at, character in enumerate(text) if character == "\n")]
        chosen = sorted(draw(st.sets(st.sampled_from(starts), max_size=4)))
        headings = ((at, text[at:].split("\n")[0].strip()) for at in chosen)
        pages.append(ParsedPage(number, text, tuple(headings)))
    return ParsedDocument("title", tuple(pages))


@given(documents())
def test_chunks_are_spans_of_their_page_and_cover_all_of_it(document: ParsedDocument):
    chunks = chunk_document("hash", "path", document)
    for page in document.pages:
        covered = set()
        for chunk in (chunk for chunk in chunks if chunk.page == page.number):
            assert page.text[chunk.start : chunk.end] == chunk.text
            assert 0 < len(chunk.text) <= CHARACTERS
            assert chunk.text == chunk.text.strip()
            covered.update(range(chunk.start, chunk.end))
        assert not "".join(c for at, c in enumerate(page.text) if at not in covered).strip()
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


def document(text: str, *headings: str) -> ParsedDocument:
    return ParsedDocument("t", (ParsedPage(1, text, tuple((text.index(h), h) for h in headings)),))


def test_chunks_are_smaller_for_an_embedder_that_reads_less_and_never_larger():
    told = document(" ".join(f"Paragraph {n} says something of use." for n in range(100)))

    longest = {
        tokens: max(len(c.text) for c in chunk_document("h", "p", told, tokens)) for tokens in (64, 128, 256, 8192)
    }

    assert longest[64] <= 150 < longest[128] <= 300 < longest[256] <= CHARACTERS
    assert longest[8192] == longest[256]


def test_a_section_is_not_mixed_with_the_next_and_carries_its_heading():
    chunks = chunk_document("h", "p", document("Intro.\nReturns\n30 days.\nDelivery\n3 days.", "Returns", "Delivery"))
    assert [(chunk.heading, chunk.text) for chunk in chunks] == [
        ("", "Intro."),
        ("Returns", "Returns\n30 days."),
        ("Delivery", "Delivery\n3 days."),
    ]


def test_a_heading_alone_goes_with_what_it_opens():
    chunks = chunk_document("h", "p", document("Handbook\nReturns\n30 days.", "Handbook", "Returns"))
    assert [(chunk.heading, chunk.text) for chunk in chunks] == [("Returns", "Handbook\nReturns\n30 days.")]


def test_wrapped_paragraphs_are_cut_between_sentences():
    sentence = (
        "Parcels that weigh more than thirty kilos are brought\nby two people and need a person at home to sign.\n"
    )
    chunks = chunk_document("h", "p", document(sentence * 12))
    assert len(chunks) > 1
    assert all(chunk.text.startswith("Parcels") and chunk.text.endswith("sign.") for chunk in chunks)


def test_ids_follow_content_and_place_only():
    one, two, three = (
        chunk_document(sha, path, document("Same text."))[0].chunk_id
        for sha, path in (("a", "x.md"), ("a", "renamed.md"), ("b", "x.md"))
    )
    assert one == two != three


def test_wide_scripts_get_shorter_chunks_that_the_embedder_reads_whole():
    chunks = chunk_document("h", "p", document("これは長い文章です。" * 100))
    assert max(len(chunk.text) for chunk in chunks) <= 220
