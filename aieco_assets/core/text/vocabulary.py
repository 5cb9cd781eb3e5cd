"""Word lists of the answering code, English first: other languages fall back to numbers, names and meaning."""

from __future__ import annotations


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Function words carry no claim of their own; negation is handled apart (`negated`).
STOP_WORDS = _set("""
    a an the and or but if then than so as at by for from in into of off on onto out over per to up with within
    about above after again all also am any are be because been before being below between both can could did do
    does doing down during each either else ever every few had has have having he her here hers him his how i in is
    it its just many may me might more most much must my of only other our ours own same shall she should some such
    that their theirs them there these they this those through too under until upon us very was we were what when
    where whether which while who whom whose why will would yes you your yours s t re ve ll d m
""")
NEGATIONS = _set("""
    not no never none nor neither cannot without nothing nobody nowhere isn't aren't wasn't weren't don't doesn't
    didn't won't wouldn't can't couldn't shouldn't mustn't hasn't haven't hadn't
""")
# Words that turn a sentence into its opposite without being a negation.
REVERSALS = _set("""
    unless except excluding exclude excludes excluded prohibited prohibits forbidden denied ineligible unavailable
    unable refuse refused
""")
# Words that may come, go or change without changing what is claimed. Everything else of a sentence is its claim:
# may / must, up to / at least, before / after, all / some are not here.
CLAIM_FREE = _set("""
    a an the is are be been being am do does did has have having of to in on at that which who this these those it its
    there here then so thus therefore also yes
""")
# A clause with one of these limits what the rest says: it can't be left away.
CONDITIONS = _set("""
    if unless except only when whenever provided providing whether without but however subject otherwise although
    though excluding either neither
""")
# So does a clause that begins with one of these.
LIMITS = _set("or within after before once during until till while where between both from than by")
_TO_TWENTY = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty
"""
SMALL_NUMBERS = tuple(_TO_TWENTY.split())
# Words that say when, how long or how often.
TIME_WORDS = _set("""
    day days week weeks weekly month months monthly year years yearly annual annually annum quarter quarterly daily
    hour hours hourly minute minutes deadline immediately monday tuesday wednesday thursday friday saturday sunday
    january february march april june july august september october november december morning evening midnight noon
    once twice biannual biannually biennial fortnight fortnightly periodically regularly start end beginning today
    tomorrow weekend weekends weekday weekdays date until before after within every am pm
""")
# Words of sentences that allow, demand or deny.
MODALS = _set("""
    can may must not never only cannot can't don't doesn't mustn't won't isn't aren't no nobody nothing none free always
    unless except is are has have will allowed permitted covered included required prohibited forbidden entitled
""")
# Units by what they measure.
MEASURES = {
    "weight": _set(
        "kg kgs kilo kilos kilogram kilograms g gram grams mg lb lbs pound pounds oz ounces tonne tonnes ton t"
    ),
    "heat": _set("degree degrees celsius fahrenheit c f"),
    "length": _set("""
        m cm mm km metre metres meter meters centimetre centimetres centimeters millimetre millimetres millimeters
        kilometre kilometres kilometers mile miles inch inches foot feet ft yard yards character characters letters
    """),
}
# Who somebody may be when no name is given.
ROLES = _set("""
    manager managers director directors officer officers team teams department head leader leaders supervisor board
    committee chair chairman chairwoman chief president secretary treasurer engineer inspector doctor nurse warden
    commander adviser agent clerk assistant technician specialist staff employee employees worker workers colleague
    colleagues owner buyer seller customer customers supplier suppliers tenant landlord member members partner company
    service police auditor accountant solicitor solicitors lawyer trustee guardian parent insurer regulator authority
    office desk person people everyone everybody nobody anyone maker driver teacher trainer coordinator administrator
""")
# Capitalised words of a question that name nothing.
SMALL_TALK = _set("ok okay hi hello hey thanks faq i'm i'd i've i'll")
# Words before a list of things.
LISTING = _set("""
    include contain cover comprise consist list such
""")
# Words that count as a number.
NUMBER_LIKE = _set("""
    one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty sixty ninety
    hundred thousand million half third quarter dozen once twice single double unlimited zero none no
""")
# Words of a question that only ask: evidence need not have them.
ASKING = _set("""
    count happen happens tell mean means know give list name describe explain say says state stated kind type sort
    way please company organisation organization business firm document documents provide provides offer offers
    include includes included require required need needs allow allowed get
    go goes come comes make made take takes put find use used want like
""")
# Words that carry a claim as far as it goes.
ABSOLUTES = _set("""
    all every always never only none nobody everyone everything any anyone anywhere whole entire entirely largest
    biggest best most highest lowest smallest least first last exception without regardless guaranteed guarantee sole
    exclusively completely fully immediately automatically ever solely same proven cure sure certain certainly whatever
""")
# Words that say that something is so in part, perhaps or nearly.
HEDGES = _set("""
    may might could can some certain most many often usually generally typically about approximately up least limited
    subject partly sometimes
""")
# Words that make a duty or a certainty.
DEMANDS = _set("must need needs required guaranteed will shall")
# Units by what they measure; a word may belong to several.
UNITS_OF_MEASURE: dict[str, frozenset[str]] = {
    "second": _set("second seconds sec"),
    "minute": _set("minute minutes min"),
    "hour": _set("hour hours h"),
    "day": _set("day days daily"),
    "week": _set("week weeks weekly fortnight"),
    "month": _set("month months monthly"),
    "year": _set("year years yearly annual annually annum"),
    "quarter": _set("quarter quarters quarterly"),
    "term": _set("semester semesters term terms trimester"),
    "percent": _set("percent percentage % points"),
    "dollar": _set("$ dollar dollars usd"),
    "euro": _set("€ euro euros eur"),
    "pound": _set("£ pound pounds gbp pence"),
    "rupee": _set("rs rupee rupees inr ₹"),
    "yen": _set("¥ yen jpy"),
    "thousand": _set("thousand thousands"),
    "million": _set("million millions mn"),
    "billion": _set("billion billions bn"),
    "lakh": _set("lakh lakhs"),
    "crore": _set("crore crores"),
    "centimetre": _set("cm centimetre centimetres centimeter centimeters"),
    "millimetre": _set("mm millimetre millimetres millimeter millimeters"),
    "metre": _set("metre metres meter meters"),
    "kilometre": _set("km kilometre kilometres kilometer kilometers"),
    "mile": _set("mile miles"),
    "inch": _set("inch inches"),
    "foot": _set("foot feet ft"),
    "kilogram": _set("kg kilo kilos kilogram kilograms"),
    "gram": _set("gram grams"),
    "weight in pounds": _set("lb lbs pound pounds"),
    "tonne": _set("tonne tonnes ton tons"),
    "litre": _set("litre litres liter liters"),
    "celsius": _set("celsius °c"),
    "fahrenheit": _set("fahrenheit °f"),
    "pressure in mmHg": _set("mmhg"),
    "pressure in kPa": _set("kpa"),
    "kilobyte": _set("kb kilobyte kilobytes"),
    "megabyte": _set("mb megabyte megabytes"),
    "gigabyte": _set("gb gigabyte gigabytes"),
    "volt": _set("v volt volts"),
    "watt": _set("w watt watts"),
    "kilowatt": _set("kw kilowatt kilowatts"),
}
_OPPOSITES = """
    increase increased rise rose grew grow gain gained higher / decrease decreased fall fell dropped drop decline
    declined lower
    above over exceed exceeds more / below under less fewer
    before prior / after following
    highest largest maximum best / lowest smallest minimum worst
    first / last
    include includes included including / exclude excludes excluded excluding except
    profit gain / loss
    allow allowed permitted / forbid forbidden prohibited banned
    required mandatory obliged compulsory / optional voluntary
    same identical / different separate
    internal / external
    always / never
    good favorable favourable positive / bad unfavorable unfavourable negative
    accept accepted approve approved / reject rejected denied refused
    open opened opens / close closed closes
    fixed / variable
    manual manually / automatic automatically
    independent independently / supervised supervision
    strong / weak
    majority / minority
    start starts begin begins / end ends stop stops
    paid / unpaid
    buy / sell
    with / without
"""


def _pairs(text: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    lines, joined = [line for line in text.splitlines() if line.strip()], []
    for line in lines:
        joined.append(line) if "/" in line else joined.append(joined.pop() + line)
    return tuple((_set(one), _set(other)) for one, _, other in (line.partition("/") for line in joined))


# Words of which one says the opposite of the other.
OPPOSITES = _pairs(_OPPOSITES)
# Words of amount that are no numbers in digits: which of them a passage has is never guessed.
QUANTITIES = _set("""
    seventy eighty hundred hundreds thousand thousands million millions billion billions trillion dozen dozens half
    twice double doubled doubles triple tripled thrice third quarter quarters fourth fifth sixth seventh eighth ninth
    tenth
""")
# Words of a line that introduces a list and claims nothing itself.
INTRODUCING = _set("""
    need needs following follow follows step steps thing things item items point points list listed detail details
    option options way ways reason reasons answer include includes including found find main key summary here below
    you your these those are
""")
