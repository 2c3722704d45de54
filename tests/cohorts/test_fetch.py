"""Downloads against a local server that truncates, lies, or answers well."""

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmark.cohorts.fetch import download, fetch_all, locate, locate_all
from benchmark.cohorts.manifest import SourceFile
from benchmark.errors import InputError, NotPresentError

CONTENT = b"patients\n" * 1000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        if self.path == "/gone":
            self.send_error(404)
            return
        flaky = self.path == "/flaky" and self.server.asked == 1  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        whole = CONTENT[::-1] if self.path == "/wrong" else CONTENT
        self.wfile.write(whole[:500] if self.path == "/truncated" or flaky else whole)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadingHTTPServer]:
    monkeypatch.delenv("BENCH_MIRROR", raising=False)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.setattr("pooch.core.time.sleep", lambda seconds: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = 0  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def source(server: ThreadingHTTPServer | None = None, path: str = "good", known: bool = True) -> SourceFile:
    address = f"http://127.0.0.1:{server.server_port if server else 9}/{path}"
    digest = hashlib.sha256(CONTENT).hexdigest()
    return SourceFile("table.csv", address, digest if known else None, len(CONTENT) if known else None, "CC BY", "clinical")


@pytest.mark.parametrize("known", [True, False])
def test_a_good_download_is_kept_and_found_again(server: ThreadingHTTPServer, tmp_path: Path, known: bool) -> None:
    file = source(server, known=known)
    assert download(file, tmp_path, progress=False).origin == "download"
    assert fetch_all([file], tmp_path, progress=False)["table.csv"].origin == "sources"
    assert server.asked == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("path", ["truncated", "gone"])
def test_an_interrupted_download_never_counts(server: ThreadingHTTPServer, tmp_path: Path, path: str, known: bool) -> None:
    file = source(server, path, known)
    with pytest.raises(NotPresentError, match=r"cannot be downloaded from 127\.0\.0\.1 .*BENCH_MIRROR.*--data replica") as error:
        download(file, tmp_path, progress=False)
    assert "\n" not in str(error.value)
    assert list(tmp_path.iterdir()) == []
    assert locate(file, tmp_path, None) is None


def test_a_broken_download_is_tried_again(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    assert download(source(server, "flaky"), tmp_path, progress=False).path.read_bytes() == CONTENT


def test_wrong_bytes_are_refused_and_not_kept(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="are not the manifest's"):
        download(source(server, "wrong"), tmp_path, retries=1, progress=False)
    assert list(tmp_path.iterdir()) == []


def test_without_network_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BENCH_MIRROR", raising=False)
    with pytest.raises(NotPresentError, match="set BENCH_MIRROR"):
        fetch_all([replace(source(), address="http://127.0.0.1:9/table.csv")], tmp_path / "sources", retries=0, progress=False)
    with pytest.raises(NotPresentError, match=r"table\.csv is not in .*bench data fetch.*dvc exp run -S data=replica"):
        locate_all([source()], tmp_path / "sources")


def test_a_spoilt_file_does_not_count_and_is_replaced(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    file = source(server)
    (tmp_path / "table.csv").write_bytes(CONTENT[:-1] + b"x")
    assert locate(file, tmp_path, None) is None
    with pytest.raises(InputError, match=r"table\.csv: has the wrong bytes .*replace it, or delete it"):
        locate_all([file], tmp_path)
    assert fetch_all([file], tmp_path, progress=False)["table.csv"].path.read_bytes() == CONTENT


def test_a_digest_recorded_at_the_first_download_is_checked_later(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    file = source(server, known=False)
    download(file, tmp_path, progress=False)
    (tmp_path / "table.csv").write_bytes(CONTENT + b"edited")
    assert locate(file, tmp_path, None) is None


def test_a_leftover_partial_file_never_counts(tmp_path: Path) -> None:
    (tmp_path / "tmpab12").write_bytes(CONTENT[:100])
    (tmp_path / "table.csv.part").write_bytes(CONTENT)
    assert locate(source(known=False), tmp_path, None) is None


def test_the_mirror_is_searched_by_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror" / "deep" / "er"
    mirror.mkdir(parents=True)
    (mirror / "same_size.csv").write_bytes(CONTENT[::-1])
    (mirror / "renamed.csv").write_bytes(CONTENT)
    monkeypatch.setenv("BENCH_MIRROR", str(tmp_path / "mirror"))
    located = locate_all([source()], tmp_path / "sources")["table.csv"]
    assert (located.origin, located.path.name) == ("mirror", "renamed.csv")
    assert not (tmp_path / "sources").exists()


def test_of_alternatives_one_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BENCH_MIRROR", raising=False)
    (tmp_path / "table.csv").write_bytes(CONTENT)
    other = replace(source(known=False), name="full.txt.gz")
    assert list(locate_all([other, source()], tmp_path)) == ["table.csv"]
    with pytest.raises(NotPresentError, match=r"full\.txt\.gz or table\.csv"):
        locate_all([other, source()], tmp_path / "empty")


def test_a_mirror_that_is_no_folder_is_bad_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BENCH_MIRROR", str(tmp_path / "none"))
    with pytest.raises(InputError, match="not a folder"):
        locate_all([source()], tmp_path)


def test_a_folder_that_cannot_be_written_is_one_line(server: ThreadingHTTPServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        download(source(server), tmp_path / "file", progress=False)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    (tmp_path / "table.csv").write_bytes(CONTENT)
    (tmp_path / "table.csv").chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        locate(source(), tmp_path, None)
