"""Files made to break decoders, sent to a service that others are using."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.server.services import Reply, Service, ask, figure, read_sample

AT_A_TIME = 16


def test_hostile_files_harm_neither_the_service_nor_those_beside_them(data_dir: Path) -> None:
    files = sorted(path for path in (data_dir / "hostile").rglob("*") if path.is_file())
    assert len(files) > 200

    # Limits of time as they are, so that a machine busy with other things does not decide.
    with Service({"workers": 2, "read_timeout": 60.0}) as service:

        def send(path: Path) -> Reply:
            return ask(service, "POST", "/v1/read", path.read_bytes())

        with ThreadPoolExecutor(AT_A_TIME + 2) as threads:
            hostile = [threads.submit(send, path) for path in [*files, *files]]
            good = [threads.submit(read_sample, service) for _ in range(len(files))]
            replies = [reply.result() for reply in hostile]
            for reply in good:
                assert reply.result().json["results"][0]["text"] == "3"

        allowed = {200, 413, 415, 422}
        assert {reply.status for reply in replies} <= allowed
        # The same file gets the same answer.
        first, second = replies[: len(files)], replies[len(files) :]
        assert [reply.status for reply in first] == [reply.status for reply in second]
        assert figure(service, "inkdigits_workers ") == 2
        status, log = service.stop()
    assert status == 0
    assert [line for line in log if line["level"] == "error"] == []
