"""`python -m benchmarks.kills`: kill a training at random moments, again and again, and resume it.

A training is run once without being disturbed. Then it is begun anew in another folder and killed
(SIGKILL, which no program can catch) after a random time of up to what the first one took, resumed,
and killed again, until it has been killed `--kills` times; whenever it ends in between, what it
gave is compared and it begins anew. After every kill the last checkpoint must load, and a bundle
must load or be refused as one that is not whole. In the end the bundle and the history must be, bit
for bit, those of the undisturbed training. Exit status 1, and what differs, if anything is lost.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from inkdigits.errors import CorruptModel, ModelNotFound
from inkdigits.recognition.bundle import load_bundle
from inkdigits.training.checkpoint import checkpoints, epoch_of, load_latest
from inkdigits.training.history import read_history


@dataclass(frozen=True, slots=True)
class Training:
    """One training as the command line gives it, in a folder."""

    run: Path
    options: tuple[str, ...]

    def start(self) -> subprocess.Popen[bytes]:
        """Begin, or go on where a checkpoint is."""
        command = ["-m", "inkdigits", "train", *self.options, "--out", str(self.run)]
        resume = ["--resume"] * bool(checkpoints(self.run / "checkpoints"))
        return subprocess.Popen(
            [sys.executable, *command, *resume],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def finish(self) -> None:
        """Let it come to its end; `RuntimeError` with its complaint if it does not."""
        with self.start() as training:
            _, complaint = training.communicate()
        if training.returncode:
            raise RuntimeError(f"the training failed: {complaint.decode().strip()}")

    def outcome(self) -> tuple[str, list[list[str]]]:
        """The hash of the weights, and the history without the time it took."""
        history = read_history(self.run / "history.csv")
        rows = [[value for name, value in row.items() if name != "seconds"] for row in history]
        return load_bundle(self.run / "bundle").contract.sha256, rows

    def check(self) -> str:
        """Look at what a kill left: `RuntimeError` if that is broken, else what there is."""
        latest = load_latest(self.run / "checkpoints")
        newest = checkpoints(self.run / "checkpoints")
        if newest and (latest is None or latest[0] != epoch_of(newest[-1])):
            raise RuntimeError(f"{newest[-1]} is damaged")
        try:
            load_bundle(self.run / "bundle")
            bundle = "a whole bundle"
        except (CorruptModel, ModelNotFound):
            bundle = "no bundle"
        return f"{latest[0] if latest else 0} epochs, {bundle}"


def main() -> int:
    """Kill and resume as the command line says."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=20, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="decides the moments")
    parser.add_argument("--recipe", default="mlp", metavar="NAME")
    parser.add_argument("--epochs", default="8", metavar="N")
    args = parser.parse_args()
    options = ("--recipe", args.recipe, "--epochs", args.epochs)
    with tempfile.TemporaryDirectory() as folder:
        unbroken = Training(Path(folder) / "unbroken", options)
        began = time.monotonic()
        unbroken.finish()
        longest_s = time.monotonic() - began
        print(f"undisturbed: {longest_s:.1f} s", flush=True)
        killed = Training(Path(folder) / "killed", options)
        wrong = torment(killed, unbroken, args.kills, random.Random(args.seed), longest_s)
    print(f"{args.kills} kills, {wrong} trainings that ended otherwise")
    return 1 if wrong else 0


def torment(
    killed: Training, unbroken: Training, kills: int, rng: random.Random, longest_s: float
) -> int:
    """Kill `killed` so often; returns how many trainings did not end as `unbroken` did."""
    wrong = number = 0
    while number < kills:
        moment_s = rng.uniform(0, longest_s)
        with killed.start() as training:
            try:
                status = training.wait(moment_s)
            except subprocess.TimeoutExpired:
                training.kill()
                training.wait()
                number += 1
                print(f"kill {number} after {moment_s:.1f} s: {killed.check()}", flush=True)
                continue
            complaint = training.stderr.read().decode() if training.stderr else ""
        if status:
            raise RuntimeError(f"resuming failed: {complaint.strip()}")
        wrong += _differs(killed, unbroken)
        shutil.rmtree(killed.run)
    killed.finish()
    return wrong + _differs(killed, unbroken)


def _differs(killed: Training, unbroken: Training) -> int:
    same = killed.outcome() == unbroken.outcome()
    print(f"ended, {'as the undisturbed one' if same else 'OTHERWISE'}", flush=True)
    return 0 if same else 1


if __name__ == "__main__":
    raise SystemExit(main())
