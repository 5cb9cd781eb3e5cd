"""The closed forms and the fit, against published numbers and a population whose parameters are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aieco_assets.core.customers.bgnbd import BgNbd
from aieco_assets.core.customers.candidates import fit_purchases, fit_spending
from aieco_assets.core.customers.gammagamma import GammaGamma
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.sample.purchases import DAYS, SEED, TRUE_BGNBD, simulate_purchase_days
from aieco_assets.core.settings import Settings
from tests.core.customers.populations import bgnbd_population

# Fader, Hardie and Lee (2005), table 2: CDNOW, time in weeks.
PUBLISHED = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)


def cdnow(real_data: Path) -> pd.DataFrame:
    summary = pd.read_csv(real_data / "cdnow" / "cdnow_summary.csv")
    return pd.DataFrame(
        {
            "customer_id": summary["ID"].astype(str),
            "frequency": summary["frequency"].astype(float),
            "recency_days": summary["recency"] * 7,
            "t_days": summary["T"] * 7,
        }
    )


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", _env_file=None)  # type: ignore[call-arg]


def test_cdnow_gives_the_published_parameters_and_likelihood(real_data: Path, home: Settings) -> None:
    histories = cdnow(real_data)
    model, found = fit_purchases(home, "bg-nbd", histories)
    for name in ("r", "alpha", "a", "b"):
        assert getattr(model.purchases, name) == pytest.approx(getattr(PUBLISHED, name), rel=0.01)
    assert found.log_likelihood == pytest.approx(-9582.43, abs=0.05)
    assert found.gradient < 1e-6
    ours = (histories[name].to_numpy() for name in ("frequency", "recency_days", "t_days"))
    assert model.purchases.log_likelihood(*ours) == pytest.approx(found.log_likelihood, abs=1e-6)


def test_the_parameters_of_a_known_population_lie_in_the_stated_intervals(home: Settings) -> None:
    truth = {"r": 0.9, "alpha": 6.0, "a": 0.8, "b": 2.6}
    frame, _, _ = bgnbd_population(3000, 7, **truth)
    spend = fit_spending(home, frame).posterior.interval()
    stated = fit_purchases(home, "bg-nbd", frame)[1].posterior.interval() | spend
    for name, value in (truth | {"p": 6.0, "q": 4.0, "v": 15.0}).items():
        low, high = stated[name]
        assert low < value < high, name
        assert high < 5 * low, name


def test_the_parameters_of_the_sample_lie_in_the_stated_intervals(home: Settings) -> None:
    bought = simulate_purchase_days(np.random.default_rng(SEED))
    days = pd.DataFrame({"customer_id": bought.customer, "day": bought.day}).groupby("customer_id").day
    first, last = days.min(), days.max()
    frame = pd.DataFrame({"frequency": days.count() - 1.0, "recency_days": last - first, "t_days": DAYS - 1 - first})
    stated = fit_purchases(home, "bg-nbd", frame)[1].posterior.interval()
    for name, value in (TRUE_BGNBD | {"alpha": TRUE_BGNBD["alpha"] / 7}).items():
        assert stated[name][0] < value < stated[name][1], name


def test_a_spending_model_shrinks_towards_everybody() -> None:
    model = GammaGamma(p=6, q=4, v=15)
    # Nobody's history: the mean of all, p v / (q - 1) = 30; much history: the customer's own mean.
    assert model.expected_spend(np.array([0.0, 1, 1000]), np.array([0.0, 90, 90])) == pytest.approx(
        [30, 70, 90], abs=0.1
    )


def test_expectations_are_those_of_the_published_example() -> None:
    # The paper's customer: x = 2, t_x = 30.43, T = 38.86 weeks expects 1.226 purchases in 39 weeks.
    x, t_x, age = (np.array([value]) for value in (2.0, 30.43 * 7, 38.86 * 7))
    assert PUBLISHED.expected_purchases(x, t_x, age, 39 * 7)[0] == pytest.approx(1.226, abs=0.001)
    assert PUBLISHED.p_alive(x, t_x, age)[0] == pytest.approx(0.726, abs=0.001)


def test_more_time_never_means_fewer_purchases_and_silence_lowers_p_alive() -> None:
    frequency, t = np.array([0.0, 1, 5, 40, 400]), np.full(5, 400.0)
    recency = np.array([0.0, 200, 390, 399, 399])
    thirty, ninety, year = (PUBLISHED.expected_purchases(frequency, recency, t, days) for days in (30, 90, 365))
    assert (thirty > 0).all()
    assert (thirty < ninety).all()
    assert (ninety < year).all()
    silent = PUBLISHED.p_alive(frequency[1:], recency[1:] / 2, t[1:])
    assert (silent < PUBLISHED.p_alive(frequency[1:], recency[1:], t[1:])).all()


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (0.3, 0.7), (0.2, 0.3), (1.5, 0.01), (60.0, 200.0)])
def test_awkward_parameters_give_numbers(a: float, b: float) -> None:
    frequency, recency, t = np.array([0.0, 1, 2, 300]), np.array([0.0, 0, 300, 3000]), np.array([0.0, 100, 400, 3000])
    model = BgNbd(r=0.5, alpha=3.0, a=a, b=b)
    for days in (30, 90, 365):
        expected = model.expected_purchases(frequency, recency, t, days)
        assert np.isfinite(expected).all()
        assert (expected >= 0).all()
    assert ((model.p_alive(frequency, recency, t) >= 0) & (model.p_alive(frequency, recency, t) <= 1)).all()


def histories(frequency: list[float], recency: list[float], age: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {"customer_id": range(len(age)), "frequency": frequency, "recency_days": recency, "t_days": age}
    )


@pytest.mark.parametrize(
    ("frame", "sentence"),
    [
        (histories([1.0] * 10, [5.0] * 10, [9.0] * 10), "and has 10 of whom 10 did"),
        (histories([0.0] * 100, [0.0] * 100, [9.0] * 100), "and has 100 of whom 0 did"),
        (histories([1.0] * 100, [5.0] * 100, [9.0] * 100), "same history"),
        (histories([1.0] * 99 + [np.nan], [5.0] * 100, [9.0] * 100), "empty or infinite"),
        (histories([1.0] * 99 + [2.0], [5.0] * 99 + [50.0], [9.0] * 100), "after the month end"),
    ],
)
def test_histories_that_teach_nothing_are_refused(home: Settings, frame: pd.DataFrame, sentence: str) -> None:
    with pytest.raises(AiecoError, match=sentence):
        fit_purchases(home, "bg-nbd", frame)


def test_values_that_teach_nothing_are_refused(home: Settings) -> None:
    frame = histories([1.0] * 100, [5.0] * 100, [9.0] * 100)
    with pytest.raises(AiecoError, match="all customers spend the same"):
        fit_spending(home, frame.assign(monetary=20.0))
    with pytest.raises(AiecoError, match="0 repeat buyers with a purchase value"):
        fit_spending(home, frame.assign(monetary=np.nan))


def test_caches_of_the_libraries_stay_in_the_home(home: Settings) -> None:
    """In a fresh process, with a home directory of its own to look at."""
    import os
    import subprocess
    import sys

    outside = home.home.parent / "user"
    outside.mkdir()
    code = (
        "import sys; from pathlib import Path; import numpy as np, pandas as pd\n"
        "from aieco_assets.core.settings import Settings\n"
        "from aieco_assets.core.customers.candidates import fit_purchases\n"
        "n = np.arange(300.0)\n"
        "histories = {'frequency': n % 5, 'recency_days': (n % 5 > 0) * (n % 90), 't_days': 100 + n % 200}\n"
        "frame = pd.DataFrame({'customer_id': n, **histories})\n"
        "fit_purchases(Settings(home=Path(sys.argv[1])), 'bg-nbd', frame)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("MPLCONFIGDIR", "XDG_CACHE_HOME")}
    run = subprocess.run(
        [sys.executable, "-c", code, str(home.home)],
        env=environment | {"HOME": str(outside)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert list(outside.rglob("*")) == []
