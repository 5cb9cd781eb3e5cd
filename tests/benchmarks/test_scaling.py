"""The figures of docs/scale.md: exponents, and processor seconds of processes that have ended."""

import subprocess
import sys

import pytest

from benchmarks import scale
from benchmarks.record import save
from benchmarks.scaling.curves import estimate, recorded
from benchmarks.scaling.meter import Meter, Point, disk_mib, exponent

# Its time as user and as system is told in whole ticks of 10 ms, each cut off: 0.4 s can be told as 0.38.
BUSY = "import time\nwhile time.process_time() < 0.43: pass"


@pytest.mark.parametrize("power", [0.5, 1.0, 1.5])
def test_the_exponent_is_that_of_the_power_law(power):
    sizes = [10, 100, 1_000]
    assert exponent(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def test_what_is_fixed_flattens_the_exponent_over_all_sizes_and_less_between_the_largest():
    sizes = [10, 100, 1_000]
    values = [50 + size for size in sizes]
    assert exponent(sizes, values) < exponent(sizes[-2:], values[-2:]) < 1


def test_a_step_counts_the_processor_of_a_child_that_has_ended():
    meter = Meter("children", 1)
    with meter.step("waiting for a child"):
        subprocess.run([sys.executable, "-I", "-S", "-c", BUSY], check=True)
    (point,) = meter.points
    assert point.value >= 0.4
    assert (point.step, point.size, point.what) == ("waiting for a child", 1, "waiting for a child, 1 children")


def test_a_step_counts_the_memory_of_a_child():
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", "held = bytearray(b'x') * 2**28; print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    meter = Meter("children", 1)
    with meter.step("beside a large child"):
        pass
    child.communicate(b"\n")
    assert meter.points[0].peak is not None
    assert meter.points[0].peak > 256


def test_disk_counts_the_files_below_a_folder(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "file").write_bytes(b"x" * 2**20)
    assert disk_mib(tmp_path) == pytest.approx(1, rel=0.05)


def test_an_estimate_lies_on_the_curve_between_sizes_that_were_measured():
    assert estimate(curve(10, 100, 1_000), 100) == pytest.approx(100)
    assert estimate(curve(10, 100, 1_000), 500) == pytest.approx(500)


def test_beyond_the_largest_size_an_estimate_grows_at_least_in_proportion():
    flat, steep = [Point("", value, "s", size=size) for size, value in ((10, 5.0), (100, 6.0))], curve(1, 10)
    assert estimate(flat, 1_000) == pytest.approx(60)
    assert estimate([*steep, Point("", 1_000.0, "s", size=100)], 1_000) == pytest.approx(100_000)


def test_below_the_smallest_size_an_estimate_is_what_the_smallest_takes():
    assert estimate(curve(10, 100), 1) == 10


def test_what_is_recorded_is_read_again_as_curves(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.record.RESULTS", tmp_path)
    monkeypatch.setattr("benchmarks.scaling.curves.RESULTS", tmp_path)
    points = [
        Point("sorting, 100 rows", 2.0, "processor s", None, "sorting", 100, 1.5, 300.0),
        Point("sorting, 10 rows", 1.0, "processor s", None, "sorting", 10, 0.5, 200.0),
    ]
    save("scale-rows", [*points, *scale.exponents(points)])

    assert recorded("rows") == {"sorting": [points[1], points[0]]}


def test_an_exponent_above_the_limit_is_told_as_one():
    steep = [Point("", value, "s", step="joining", size=size, wall=1.0) for size, value in ((10, 1.0), (100, 20.0))]
    whole, last = scale.exponents(steep)

    assert (whole.what, round(last.value, 2), last.within) == ("exponent: joining", 1.3, False)


def curve(*sizes: int) -> list[Point]:
    return [Point("", float(size), "s", size=size) for size in sizes]
