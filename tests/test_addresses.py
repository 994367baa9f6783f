"""One address for what goes out: the shop's own, else the one a request came by; and a word when it is of no use."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.standin import FakePool, catalogue
from tryon.doctor import _port, examine
from tryon.errors import SettingError
from tryon.server.app import create_app
from tryon.settings import Settings, load

SHOP = "https://shop.example"


def test_the_shops_own_address_goes_before_the_one_of_a_request() -> None:
    own = load({"TRYON_ADDRESS": f"{SHOP}/"})
    assert (own.address_for("http://10.0.0.7:8080/"), own.public_address) == (SHOP, SHOP)
    none = Settings(port=8300)
    assert none.address_for("http://10.0.0.7:8080/") == "http://10.0.0.7:8080"
    assert none.public_address == "http://localhost:8300"


@pytest.mark.parametrize(
    "said",
    ["shop.example", "ftp://shop.example", "https://", "https://shop.example/path", "https://a:b@c", "http://[x"],
)
def test_an_address_that_no_link_can_begin_with_is_refused(said: str) -> None:
    with pytest.raises(SettingError, match="TRYON_ADDRESS"):
        load({"TRYON_ADDRESS": said})


@pytest.mark.parametrize(
    ("address", "local"),
    [
        (SHOP, False),
        ("http://192.168.1.5:8080", False),
        ("", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]", True),
    ],
)
def test_an_address_of_this_machine_alone_is_said(address: str, local: bool) -> None:
    assert bool(Settings(address=address).address_trouble) == local


@pytest.mark.parametrize(
    ("address", "mail", "works"),
    [("", "", True), ("", "smtp://mail.example", False), (SHOP, "smtp://mail.example", True)],
)
def test_the_doctor_minds_letters_that_would_open_nothing(tmp_path: Any, address: str, mail: str, works: bool) -> None:
    settings = Settings(data=str(tmp_path), assets=str(tmp_path), address=address, mail=mail)
    [found] = [finding for finding in examine(settings) if finding.what == "address"]
    assert found.works == works
    assert ("Set TRYON_ADDRESS" in found.detail) == (not address)


def test_a_papers_code_carries_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        "tryon.atelier.papers.write", lambda paper, record, address, **more: seen.append(address) or b""
    )
    monkeypatch.setattr("tryon.atelier.finish.finished", lambda unit, id: ({}, "en", "page"))
    for address in ("", SHOP):
        settings = Settings(assets=str(tmp_path), data=str(tmp_path / "var"), address=address)
        with TestClient(create_app(settings, FakePool(), catalogue()), base_url="http://10.0.0.7") as client:
            begun = client.post("/v1/requests", json={}).json()
            paper = f"/v1/requests/{begun['request']}/papers/certificate"
            assert client.get(paper, headers={"Authorization": f"Bearer {begun['key']}"}).status_code == 200
    assert seen == ["http://10.0.0.7/p/page", f"{SHOP}/p/page"]


@pytest.mark.parametrize(
    ("answer", "ours"),
    [
        (b'HTTP/1.1 200 OK\r\nRequest-Id: 1\r\nContent-Length: 15\r\n\r\n{"status":"ok"}', True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", False),
        (b"SSH-2.0-OpenSSH\r\n", False),
        (b"", False),
    ],
)
def test_the_doctor_knows_a_port_that_is_taken_by_this_service(answer: bytes, ours: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings = Settings(host="127.0.0.1", port=door.getsockname()[1])

        def serve() -> None:
            caller, _ = door.accept()
            with caller:
                caller.recv(1000)
                caller.sendall(answer)

        serving = threading.Thread(target=serve)
        serving.start()
        if ours:
            assert "this service listens there already" in _port(settings)
        else:
            with pytest.raises(OSError, match="stop what listens there"):
                _port(settings)
        serving.join()
