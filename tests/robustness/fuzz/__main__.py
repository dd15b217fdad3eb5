"""Try random input for a while, or one input again.

python -m tests.robustness.fuzz --seconds 300 --seed 1
python -m tests.robustness.fuzz --target road --seed 1 --input 4711
"""

from __future__ import annotations

import argparse
import sys

from tests.robustness.fuzz.running import TARGETS, fuzz, try_input


def main() -> None:
    """Run the targets and print what they find."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, action="append", help="both when not given")
    parser.add_argument("--input", type=int, help="try only this one")
    wanted = parser.parse_args()
    targets = wanted.target or list(TARGETS)
    found = 0
    for target in targets:
        if wanted.input is not None:
            findings = [try_input(target, wanted.seed, wanted.input)]
        else:
            tried = fuzz(target, wanted.seed, seconds=wanted.seconds / len(targets))
            print(f"{target}: {tried.inputs} inputs, slowest {tried.slowest:.2f} s, {len(tried.findings)} findings")
            findings = tried.findings
        findings = list(filter(None, findings))
        print(*findings[:20], sep="\n\n", flush=True)
        found += len(findings)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
