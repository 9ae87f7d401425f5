"""Downloads against a server in this process; what Keras itself would do is read off its installed source."""

import functools
import hashlib
import http.server
import importlib.util
import threading
from pathlib import Path

import numpy as np
import pytest

from idx import write_folder
from regctl.datasets import california, mnist
from regctl.datasets.downloads import Download, fetched
from regctl.errors import DataError, MachineError


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def served(tmp_path):
    """A folder and the URL under which it is served."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Silent, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def nowhere():
    """A URL that nobody serves."""
    server = http.server.HTTPServer(("127.0.0.1", 0), Silent)
    server.server_close()
    return f"http://127.0.0.1:{server.server_port}/"


def digest(path: Path, algorithm="sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, path.read_bytes()).hexdigest()}"


def keras_source(name: str) -> str:
    package = importlib.util.find_spec("keras")
    return (Path(package.origin).parent / "src" / "datasets" / f"{name}.py").read_text()


def test_a_file_is_downloaded_once_to_where_keras_keeps_it(home, served):
    folder, url = served
    (folder / "x.npz").write_bytes(b"content")
    file = Download(f"{url}x.npz", digest(folder / "x.npz"))
    assert fetched([file]) == [home / "x.npz"]
    assert (home / "x.npz").read_bytes() == b"content"
    (folder / "x.npz").unlink()
    assert fetched([file]) == [home / "x.npz"]


def test_a_download_that_is_another_file_is_refused_and_not_kept(home, served):
    folder, url = served
    (folder / "x.npz").write_bytes(b"content")
    with pytest.raises(
        MachineError, match="the download has not the sha256 that is expected, 0000"
    ) as caught:
        fetched([Download(f"{url}x.npz", "sha256:" + "0" * 64)])
    assert caught.value.exit_code == 1
    assert not (home / "x.npz").exists()


def test_without_a_network_one_sentence_says_what_to_put_where(home, nowhere):
    files = [Download(f"{nowhere}{name}", "md5:" + "0" * 32, "fashion-mnist") for name in ("a.gz", "b.gz")]
    with pytest.raises(MachineError) as caught:
        fetched(files)
    said = str(caught.value)
    assert caught.value.exit_code == 1
    assert f"{home / 'fashion-mnist' / 'a.gz'} is not there and cannot be downloaded (no connection" in said
    assert (
        f"Download {nowhere}a.gz, {nowhere}b.gz on another machine, and put them into {home / 'fashion-mnist'}."
        in said
    )


def test_a_file_that_was_put_there_needs_no_network_but_its_hash(home, nowhere):
    home.mkdir(parents=True)
    (home / "x.npz").write_bytes(b"content")
    assert fetched([Download(f"{nowhere}x.npz", digest(home / "x.npz", "md5"))]) == [home / "x.npz"]
    with pytest.raises(DataError, match=r"expected md5 0000.*Received: .*Remove the file") as caught:
        fetched([Download(f"{nowhere}x.npz", "md5:" + "0" * 32)])
    assert caught.value.exit_code == 2
    assert (home / "x.npz").read_bytes() == b"content"


def test_without_keras_home_the_folder_is_in_the_users_home(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert mnist.DIGITS_FILE.path == tmp_path / ".keras" / "datasets" / "mnist.npz"
    folders = {file.path.parent for file in mnist.FASHION_FILES}
    assert folders == {tmp_path / ".keras" / "datasets" / "fashion-mnist"}


@pytest.mark.parametrize(
    ("name", "file"), [("mnist", mnist.DIGITS_FILE), ("california_housing", california.FILE)]
)
def test_names_urls_and_hashes_are_those_of_keras(name, file):
    source = keras_source(name)
    folder, _, base = file.url.rpartition("/")
    assert f'"{folder}/"' in source
    assert base in source
    assert file.digest.removeprefix("sha256:") in source


def test_fashion_mnist_has_the_names_of_keras():
    source = keras_source("fashion_mnist")
    for file in mnist.FASHION_FILES:
        folder, _, base = file.url.rpartition("/")
        assert f'"{folder}/"' in source
        assert f'"{base}"' in source


def test_mnist_is_read_as_keras_arrays_with_digits_as_its_target(home, nowhere):
    random = np.random.default_rng(0)
    x, y = random.integers(0, 256, (9, 28, 28), dtype=np.uint8), np.arange(9, dtype=np.uint8)
    home.mkdir(parents=True)
    np.savez(home / "mnist.npz", x_train=x[:6], y_train=y[:6], x_test=x[6:], y_test=y[6:])
    source = mnist.read_digits(Download(f"{nowhere}mnist.npz", digest(home / "mnist.npz")))
    assert (source.rows, source.image_shape, len(source.columns)) == (
        9,
        (28, 28, 1),
        mnist.MNIST.card.columns,
    )
    np.testing.assert_array_equal(source.columns["pixel_27_3"].values, x[:, 27, 3])
    np.testing.assert_array_equal(source.columns["digit"].values, y)
    assert f"sha256:{source.sha256}" == digest(home / "mnist.npz")


def test_fashion_mnist_names_its_articles(home, nowhere):
    folder = home / "fashion-mnist"
    images, labels = write_folder(folder, size=(28, 28))
    files = [
        Download(f"{nowhere}{path.name}", digest(path, "md5"), "fashion-mnist")
        for path in (
            folder / f"{part}-{what}-ubyte.gz"
            for part in ("train", "t10k")
            for what in ("images-idx3", "labels-idx1")
        )
    ]
    source = mnist.read_articles(files)
    assert set(source.columns) == {*mnist.FASHION_MNIST.units, "article", "part"}
    names = ("T-shirt/top", "Trouser", "Pullover")
    assert source.columns["article"].values.tolist() == [names[label] for label in labels]
    np.testing.assert_array_equal(source.columns["pixel_1_2"].values, images[:, 1, 2])


def test_california_has_the_columns_of_the_table(home, nowhere):
    random = np.random.default_rng(0)
    x, y = random.normal(size=(5, 8)).astype(np.float32), random.normal(size=5).astype(np.float32)
    home.mkdir(parents=True)
    np.savez(home / "c.npz", x=x, y=y)
    source = california.read(Download(f"{nowhere}c.npz", digest(home / "c.npz")))
    held = np.stack([column.values for column in source.columns.values()], axis=1)
    np.testing.assert_array_equal(held, np.column_stack([x, y]))
    assert list(source.columns) == list(california.UNITS)
    assert {name: column.name for name, column in source.columns.items()} == {
        name: name for name in source.columns
    }
    np.savez(home / "d.npz", x=x[:, 1:], y=y)
    with pytest.raises(DataError, match="expected x of 8 columns and y"):
        california.read(Download(f"{nowhere}d.npz", digest(home / "d.npz")))
