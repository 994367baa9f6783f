"""Files on S3, against a stand-in on 127.0.0.1: kept, read, forgotten, and what happens while it is away."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.atelier import bucket
from tests.atelier.bucket import Bucket
from tests.atelier.test_http import opened
from tests.atelier.workshop import picture
from tryon.atelier.files import Files, Incoming
from tryon.errors import AtelierError, SettingError

NOW = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)
PLACE = "s3://atelier/shop"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket, and the environment that leads to it as an operator sets it."""
    with bucket.serve() as made:
        for name, value in {
            "AWS_ENDPOINT_URL": made.address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "eu-test-1",
            "AWS_ACCESS_KEY_ID": "who",
            "AWS_SECRET_ACCESS_KEY": "a secret that no message repeats",
        }.items():
            monkeypatch.setenv(name, value)
        yield made


def incoming(data: bytes, mime: str = "model/gltf-binary") -> Incoming:
    return Incoming("design", data, mime, hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("size", [12, 11 * 1024 * 1024], ids=["small", "in parts"])
def test_what_is_kept_is_read_and_forgotten(there: Bucket, size: int) -> None:
    files, data = Files(PLACE), bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    key = files.put(incoming(data), "id", NOW)

    assert key == "design/2026/11/id.glb"
    assert there.objects == {f"shop/{key}": data}
    assert files.get(key) == data
    files.forget(key)
    files.forget(key)  # what is not there is fine
    assert there.objects == {}
    with pytest.raises(AtelierError, match="no such file"):
        files.get(key)
    assert there.unsigned == 0


def test_a_bucket_that_stumbles_is_asked_again(there: Bucket) -> None:
    files = Files(PLACE)
    there.failing = 2
    key = files.put(incoming(b"glTF"), "id", NOW)
    there.failing = 2
    assert files.get(key) == b"glTF"
    assert [call.split()[0] for call in there.calls] == ["PUT"] * 3 + ["GET"] * 3


def test_a_bucket_that_is_away_is_said_and_names_no_secret(there: Bucket) -> None:
    files = Files(PLACE)
    there.failing = 10**6
    for ask in (
        lambda: files.put(incoming(b"glTF"), "id", NOW),
        lambda: files.get("design/2026/11/id.glb"),
        lambda: files.forget("design/2026/11/id.glb"),
    ):
        before = len(there.calls)
        with pytest.raises(AtelierError) as refused:
            ask()
        assert refused.value.reason == "store_unavailable"
        assert "secret" not in refused.value.detail
        assert len(there.calls) - before < 6, "somebody waits for the answer"


def test_a_bucket_that_does_not_exist_forgets_nothing(there: Bucket) -> None:
    there.missing = True
    with pytest.raises(AtelierError, match="cannot be reached"):
        Files(PLACE).forget("design/2026/11/id.glb")


def test_a_place_that_is_none_is_refused() -> None:
    for place in ("s4://atelier", "s3://"):
        with pytest.raises(SettingError, match="cannot be kept"):
            Files(place)


def test_a_requests_files_lie_in_the_bucket(there: Bucket, tmp_path: Path) -> None:
    for desk in opened(tmp_path, "", files=PLACE):
        client = desk.begin()
        file = client.ask("POST", "/files", content=picture()).json()
        [(key, kept)] = there.objects.items()
        assert key.startswith("shop/snapshot/")
        assert client.ask("GET", f"/files/{file['file']}").content == kept
        assert client.ask("DELETE", headers={"If-Match": client.ask("GET").headers["etag"]}).status_code == 204
        assert there.objects == {}
        there.failing = 10**6
        refused = desk.begin().ask("POST", "/files", content=picture())
        assert (refused.status_code, refused.json()["error"]["reason"]) == (503, "store_unavailable")
