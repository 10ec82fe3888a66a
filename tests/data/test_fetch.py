"""Downloads arrive whole and right, or not at all, whatever the mirror and the machine do."""

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigits.data import fetch as module
from inkdigits.data.catalogue import Download
from inkdigits.data.fetch import TRIES, cache_folder, fetch, part_of
from inkdigits.data.progress import Step
from inkdigits.errors import DataError
from tests.data.mirrors import Mirror, serving

CONTENT = bytes(range(256)) * 8192  # 2 MiB: eight pieces
MIDDLE = len(CONTENT) // 2


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with serving({"a.bin": CONTENT}) as served:
        yield served


def download(*mirrors: Mirror) -> Download:
    return Download("a.bin", tuple(mirror.url("a.bin") for mirror in mirrors))


def check(path: Path) -> None:
    if path.read_bytes() != CONTENT:
        raise DataError(f"{path}: not the published content")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def test_a_whole_file_arrives(mirror: Mirror, tmp_path: Path) -> None:
    steps: list[Step] = []
    path = fetch(download(mirror), tmp_path / "new" / "folder", check, steps.append)
    assert path.read_bytes() == CONTENT
    assert names(path.parent) == {"a.bin"}
    assert {step.what for step in steps} == {"fetching a.bin"}
    assert [step.done for step in steps] == sorted({step.done for step in steps})
    assert steps[-1].done == steps[-1].total == len(CONTENT)


def test_a_file_that_is_there_is_not_asked_for(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"put there by hand")
    assert fetch(download(mirror), tmp_path, check).read_bytes() == b"put there by hand"
    assert not mirror.asked


def test_what_breaks_off_is_gone_on_with(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [MIDDLE, 1000]
    assert fetch(download(mirror), tmp_path, check).read_bytes() == CONTENT
    ranges = [wanted for _, wanted in mirror.asked]
    assert ranges == ["", f"bytes={MIDDLE}-", f"bytes={MIDDLE + 1000}-"]
    assert names(tmp_path) == {"a.bin"}


def test_what_an_earlier_run_left_is_gone_on_with(mirror: Mirror, tmp_path: Path) -> None:
    class Stop(KeyboardInterrupt):
        pass

    def interrupt(step: Step) -> None:
        if step.done >= MIDDLE:
            raise Stop

    with pytest.raises(Stop):
        fetch(download(mirror), tmp_path, check, interrupt)
    left = part_of(tmp_path, download(mirror), mirror.url("a.bin")).stat().st_size
    assert names(tmp_path) != {"a.bin"}
    assert MIDDLE <= left < len(CONTENT)
    assert fetch(download(mirror), tmp_path, check).read_bytes() == CONTENT
    assert mirror.asked[1:] == [("a.bin", f"bytes={left}-")]


@pytest.mark.parametrize("says_length", [True, False])
def test_a_server_without_ranges_gives_it_from_the_beginning(
    mirror: Mirror, tmp_path: Path, says_length: bool
) -> None:
    mirror.takes_ranges, mirror.says_length = False, says_length
    part_of(tmp_path, download(mirror), mirror.url("a.bin")).write_bytes(CONTENT[:MIDDLE])
    assert fetch(download(mirror), tmp_path, check).read_bytes() == CONTENT
    assert mirror.asked == [("a.bin", f"bytes={MIDDLE}-")]


def test_a_broken_part_of_an_earlier_run_is_thrown_away(mirror: Mirror, tmp_path: Path) -> None:
    part_of(tmp_path, download(mirror), mirror.url("a.bin")).write_bytes(b"\xff" * MIDDLE)
    assert fetch(download(mirror), tmp_path, check).read_bytes() == CONTENT
    assert mirror.asked == [("a.bin", f"bytes={MIDDLE}-"), ("a.bin", "")]


@pytest.mark.parametrize("surplus", [b"", b"and more"])
def test_a_part_that_lacks_nothing_is_checked(
    mirror: Mirror, tmp_path: Path, surplus: bytes
) -> None:
    part = part_of(tmp_path, download(mirror), mirror.url("a.bin"))
    part.write_bytes(CONTENT + surplus)
    assert fetch(download(mirror), tmp_path, check).read_bytes() == CONTENT
    assert len(mirror.asked) == 1 + bool(surplus)


def test_a_mirror_that_breaks_off_each_time_is_given_up(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [1000] * 50
    with pytest.raises(DataError, match=rf"127\.0\.0\.1: broke off {TRIES} times"):
        fetch(download(mirror), tmp_path, check)
    assert len(mirror.asked) == TRIES
    mirror.breaks = [0] * 50
    with pytest.raises(DataError, match=f"breaks off after {1000 * TRIES:,} of"):
        fetch(download(mirror), tmp_path, check)
    assert len(mirror.asked) == TRIES + 1


def test_the_second_mirror_is_asked_where_the_first_fails(mirror: Mirror, tmp_path: Path) -> None:
    with serving({}) as without, serving({"a.bin": b"<html>sign in</html>"}) as wrong:
        path = fetch(download(without, wrong, mirror), tmp_path, check)
        assert path.read_bytes() == CONTENT
        assert len(without.asked) == len(wrong.asked) == 1
    assert names(tmp_path) == {"a.bin"}


def test_what_a_mirror_left_that_was_given_up_is_swept_away(mirror: Mirror, tmp_path: Path) -> None:
    with serving({"a.bin": CONTENT}) as breaking:
        breaking.breaks = [1000] * TRIES
        assert fetch(download(breaking, mirror), tmp_path, check).read_bytes() == CONTENT
        assert len(breaking.asked) == TRIES
    assert names(tmp_path) == {"a.bin"}


def test_without_a_good_mirror_the_error_says_what_to_do(tmp_path: Path) -> None:
    with serving({}) as without, serving({"a.bin": CONTENT[:-1]}) as wrong:
        wanted = download(without, wrong)
        with pytest.raises(DataError) as caught:
            fetch(wanted, tmp_path, check)
    said = str(caught.value)
    assert "answers 404" in said
    assert "gives another file than the published one" in said
    assert f"fetch {wanted.mirrors[0]} by hand and put it at {tmp_path / 'a.bin'}" in said
    assert "\n" not in said
    assert not names(tmp_path)


def test_without_a_network_the_error_says_so(tmp_path: Path) -> None:
    with serving({}) as closed:
        wanted = download(closed)
    with pytest.raises(DataError, match=r"127\.0\.0\.1: Connection refused"):
        fetch(wanted, tmp_path, check)
    nowhere = Download("a.bin", ("http://nowhere.invalid/a.bin",))
    with pytest.raises(DataError, match=r"\(nowhere\.invalid: "):
        fetch(nowhere, tmp_path, check)


def test_a_file_without_end_is_cut_off(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_BYTES", MIDDLE)
    mirror.says_length = False
    with pytest.raises(DataError, match=f"{MIDDLE:,} bytes"):
        fetch(download(mirror), tmp_path, check)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_that_says_what_to_do(mirror: Mirror, tmp_path: Path) -> None:
    part = part_of(tmp_path, download(mirror), mirror.url("a.bin"))
    part.symlink_to("/dev/full")
    with pytest.raises(DataError, match=r"cannot be written \(No space left.*INKDIGITS_CACHE"):
        fetch(download(mirror), tmp_path, check)
    part.unlink()
    assert fetch(download(mirror), tmp_path, check).read_bytes() == CONTENT


def test_a_folder_that_cannot_be_made_is_named(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match=r"file.*INKDIGITS_CACHE"):
        fetch(download(mirror), tmp_path / "file" / "cache", check)
    assert not mirror.asked


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock")
def test_two_downloads_at_once_fetch_it_once(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_POLL_S", 0.01)
    mirror.gate = threading.Event()
    waiting: list[str] = []

    def watch(step: Step) -> None:
        if mirror.gate and step.what.startswith("waiting"):
            waiting.append(step.what)
            mirror.gate.set()

    paths: list[Path] = []
    threads = [
        threading.Thread(
            target=lambda: paths.append(fetch(download(mirror), tmp_path, check, watch))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(waiting) == {"waiting for another process to fetch a.bin"}
    assert [path.read_bytes() == CONTENT for path in paths] == [True, True]
    assert len(mirror.asked) == 1


def test_parts_of_different_mirrors_are_kept_apart(tmp_path: Path) -> None:
    wanted = Download("a.bin", ("http://one/a.bin", "http://two/a.zip"))
    parts = {part_of(tmp_path, wanted, url) for url in wanted.mirrors}
    assert len(parts) == 2
    assert hashlib.sha256(b"http://one/a.bin").hexdigest()[:8] in str(sorted(parts))


def test_the_cache_is_where_the_user_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGITS_CACHE", "/a/b")
    monkeypatch.setenv("XDG_CACHE_HOME", "/c")
    assert cache_folder() == Path("/a/b")
    monkeypatch.delenv("INKDIGITS_CACHE")
    assert cache_folder() == Path("/c/inkdigits")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "inkdigits"
