"""The embedded Postgres: started when needed, stopped by whoever leaves last, safe to kill."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from aieco_assets.core.storage.postgres import connect


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # pytest's folders are private to root, so this also proves that a home nobody can enter gets a place it can.
    return tmp_path_factory.mktemp("home")


def test_the_server_answers_inside_and_is_gone_afterwards(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server.lease() as url:
        with connect(url.replace("/aieco", "/postgres", 2).replace("//postgres", "//aieco", 1)) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert server.running()
    assert not server.running()


def test_it_stays_up_until_the_last_of_two_users_leaves(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server.lease():
        with server.lease():
            pass
        assert server.running()
    assert not server.running()


def test_data_survives_a_stop_and_the_url_stays_the_same(home: Path) -> None:
    settings = Settings(home=home, _env_file=None)
    with open_platform(settings) as opened:
        first = opened.warehouse
        with connect(first) as connection:
            connection.execute("create table kept as select 42 as n")
    with open_platform(settings) as opened:
        assert opened.warehouse == first
        with connect(first) as connection:
            assert connection.execute("select n from kept").fetchone() == (42,)


def test_a_killed_user_leaves_a_server_that_the_next_one_takes_over_and_stops(home: Path) -> None:
    code = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from aieco_assets.core.storage.embedded import EmbeddedPostgres
        with EmbeddedPostgres(Path(sys.argv[1])).lease():
            print("up", flush=True)
            time.sleep(600)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"up\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    server = EmbeddedPostgres(home)
    assert server.running()
    with server.lease():
        assert server.running()
    assert not server.running()


def test_a_half_made_cluster_is_made_again(home: Path) -> None:
    server = EmbeddedPostgres(home)
    half = server.data.with_name(server.data.name + ".new")
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with server.lease():
        assert server.running()
    assert not half.exists()


def test_a_home_that_was_removed_and_made_again_starts_anew(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server.lease() as before:
        pass
    shutil.rmtree(home)
    home.mkdir(0o700)
    with server.lease() as url, connect(url.rsplit("/", 1)[0] + "/postgres") as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert url != before
    orphan = server.data.with_name(server.data.name + ".orphan")
    assert orphan.exists() is not server.data.is_relative_to(home)


def test_the_password_is_for_the_owner_only(home: Path) -> None:
    server = EmbeddedPostgres(home)
    with server.lease():
        pass
    assert (server.folder / "password").stat().st_mode & 0o777 == 0o600


def test_another_port_is_taken_when_the_known_one_is_in_use(home: Path) -> None:
    import socket

    server = EmbeddedPostgres(home)
    with server.lease():
        pass
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", int((server.folder / "port").read_text())))
        squatter.listen()
        with server.lease() as url:
            assert f":{squatter.getsockname()[1]}/" not in url


def test_the_kept_server_stays_until_it_is_let_go(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.folder.mkdir(parents=True)
    server.keep_file.touch()
    with server.lease():
        pass
    assert server.running()
    server.keep_file.unlink()
    assert server.stop_if_unused()
    assert not server.running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another user")
def test_as_root_the_data_of_a_private_home_lies_where_the_server_can_enter(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = EmbeddedPostgres(private / "home")
    assert not server.data.is_relative_to(private)


def written(url: str) -> int:
    with connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
        connection.execute("create table if not exists kept (a integer)")
        connection.execute("insert into kept values (1)")
        return connection.execute("select count(*) from kept").fetchall()[0][0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (0o755, 0o700),
        (0o700, 0o755),
        pytest.param(0o700, 0o700, marks=pytest.mark.long),
        pytest.param(0o755, 0o755, marks=pytest.mark.long),
    ],
)
def test_a_home_that_was_moved_keeps_its_data(before: int, after: int) -> None:
    # A folder that all users can enter, so that as root the modes decide where the cluster lies.
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        top = Path(place)
        top.chmod(0o755)
        for name, mode in (("before", before), ("after", after)):
            (top / name).mkdir()
            (top / name).chmod(mode)
        with EmbeddedPostgres(top / "before" / "home").lease() as url:
            assert written(url) == 1
        shutil.move(top / "before" / "home", top / "after" / "home")
        moved = EmbeddedPostgres(top / "after" / "home")
        with moved.lease() as url:
            assert written(url) == 2
        shutil.rmtree(moved.data)
        with pytest.raises(AiecoError, match="is gone: put it back, or remove"), moved.lease():
            pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's clusters may lie outside their home")
def test_a_copy_of_a_home_does_not_take_the_cluster_of_the_original(home: Path, tmp_path: Path) -> None:
    with EmbeddedPostgres(home).lease() as url:
        assert written(url) == 1
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    with pytest.raises(AiecoError, match="is a copy of"), EmbeddedPostgres(copy).lease():
        pass
    with EmbeddedPostgres(home).lease() as url:
        assert written(url) == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's clusters may lie outside their home")
def test_a_home_has_one_cluster_by_whichever_link_it_is_reached(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(home)
    with EmbeddedPostgres(home).lease() as url:
        assert written(url) == 1
        with EmbeddedPostgres(link).lease() as same:
            assert (same, written(same)) == (url, 2)
    with EmbeddedPostgres(link).lease() as url:
        assert written(url) == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's clusters may lie outside their home")
def test_a_cluster_that_an_earlier_release_named_after_a_link_is_found_by_it(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(home)
    by_link = EmbeddedPostgres(link)
    with by_link.lease() as url:
        assert written(url) == 1
    # As it was: nothing is written down, and the folder has the name of the link.
    (by_link.folder / "cluster").unlink()
    earlier = by_link.data.with_name(hashlib.sha256(str(link).encode()).hexdigest()[:16])
    by_link.data.rename(earlier)

    with by_link.lease() as url:
        assert written(url) == 2
    assert not earlier.exists()


def test_a_home_that_was_copied_while_in_use_is_refused_and_the_original_goes_on() -> None:
    # A folder that all users can enter: the cluster lies in its home, and is copied with it.
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        top = Path(place)
        top.chmod(0o755)
        original = EmbeddedPostgres(top / "original")
        with original.lease() as url:
            assert written(url) == 1
            subprocess.run(["cp", "-a", top / "original", top / "copy"], check=True)
            copy = EmbeddedPostgres(top / "copy")
            assert not copy.running()
            with pytest.raises(AiecoError, match=r"was copied while the Postgres of .* ran"), copy.lease():
                pass
            assert original.running()
            assert written(url) == 2


@pytest.mark.parametrize("name", ['say "hi"', "$(id)", "`id`", "back\\slash", "50%25"])
def test_a_home_that_other_programs_would_read_as_another_is_refused(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(AiecoError, match=r"can't be a home for the .* in it"),
        open_platform(Settings(home=tmp_path / name, _env_file=None)),
    ):
        pass
    assert not (tmp_path / name).exists()
