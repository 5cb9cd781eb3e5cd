"""The figures of docs/scale.md: exponents, and processor seconds of processes that have ended."""

import subprocess
import sys

import pytest

from benchmarks.scaling.meter import Meter, disk_mib, exponent

BUSY = "import time\nwhile time.process_time() < 0.4: pass"


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
