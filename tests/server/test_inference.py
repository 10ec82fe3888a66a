"""The Open Inference Protocol gives what the reader gives."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader

URL = "/v2/models/compact"


def asked(shape: list[int], data: Any, **changes: Any) -> dict[str, Any]:
    tensor = {"name": "images", "datatype": "UINT8", "shape": shape, "data": data}
    return {"id": "42", "inputs": [tensor | changes]}


def test_probabilities_are_those_of_the_reader(client: TestClient, reader: Reader) -> None:
    images = np.random.default_rng(1).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    answer = client.post(f"{URL}/infer", json=asked([3, 28, 28], images.ravel().tolist())).json()
    assert (answer["id"], answer["model_name"]) == ("42", "compact")
    (output,) = answer["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == (
        "probabilities",
        "FP32",
        [3, 10],
    )
    assert output["data"] == pytest.approx(reader.classify(images).ravel().tolist(), abs=1e-6)


def test_server_and_model_are_described(client: TestClient, reader: Reader) -> None:
    assert client.get("/v2").json()["name"] == "inkdigits"
    described = client.get(URL).json()
    assert described["versions"] == [reader.bundle.contract.version]
    assert described["inputs"] == [{"name": "images", "datatype": "UINT8", "shape": [-1, 28, 28]}]
    assert client.get(f"{URL}/ready").json() == {"name": "compact", "ready": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}


@pytest.mark.parametrize(
    "body",
    [
        asked([2, 28, 28], [0] * 784),
        asked([1, 784], [0] * 784),
        asked([1, 28, 28], [300] * 784),
        asked([1, 28, 28], [0] * 784, datatype="FP32"),
        asked([1, 28, 28], [0] * 784, name="other"),
        asked([4, 14, 14], [0] * 784),
        {"inputs": []},
    ],
)
def test_other_tensors_are_refused(client: TestClient, body: Any) -> None:
    response = client.post(f"{URL}/infer", json=body)
    assert response.status_code == 422
    assert "inputs" in response.json()["error"]["message"]
