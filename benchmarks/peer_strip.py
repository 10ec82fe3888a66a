"""PP-OCRv6's recogniser as a process: lines of JSON in, lines of JSON out, one thread.

Run by `benchmarks.strip` in an interpreter that has `rapidocr`; it takes the path of an .npy file
with a strip, uint8 `(H, W, 3)`, and then answers each line of input with the seconds that reading
it once took, and the text.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from rapidocr import RapidOCR


def main() -> None:
    """Load the models, then read the strip once for each line of input."""
    threads = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            **{f"EngineConfig.onnxruntime.{name}": count for name, count in threads.items()},
        }
    )
    strip = np.load(sys.argv[1], allow_pickle=False)
    print(json.dumps({"version": version("rapidocr")}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        found = engine(strip, use_det=False, use_cls=False, use_rec=True)
        spent = time.perf_counter() - start
        print(json.dumps({"seconds": spent, "text": "".join(found.txts or ())}), flush=True)


if __name__ == "__main__":
    main()
