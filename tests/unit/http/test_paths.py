"""All services log in behind one host: none at a place of another, and none of them in a circle."""

import pytest

from shared.http.addresses import OWNERS
from shared.http.paths import BASES, local_path, login_paths


@pytest.mark.parametrize("service", sorted(BASES))
def test_the_door_leads_each_path_of_a_log_in_to_its_service(service: str) -> None:
    words = {path.split("/")[1] for path in login_paths(service).all()}
    assert {OWNERS[word] for word in words} == {service}


def test_no_two_services_log_in_at_the_same_place() -> None:
    paths = [path for service in BASES for path in login_paths(service).all()]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("service", sorted(BASES))
def test_a_log_in_leads_to_no_log_in_of_any_service(service: str) -> None:
    paths = login_paths(service)
    for path in paths.all():
        assert [local_path(path + rest) for rest in ("", "?next=/x", "#x", "/", "/.")] == ["/"] * 5
        hidden = (
            f"/.{path}",
            f"/x/..{path}",
            path.replace("a", "%61"),
            path.replace("/", "/./"),
            f"/x/%2e%2e{path}",
        )
        assert [local_path(text) for text in hidden] == ["/"] * len(hidden)
    assert local_path(f"{paths.start}-saya") == f"{paths.start}-saya"
    assert paths.url("/x?y=1") == f"{paths.start}?next=%2Fx%3Fy%3D1"
