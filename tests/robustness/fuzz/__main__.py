"""Try random input for a while, or repeat one input.

python -m tests.robustness.fuzz --seconds 300 --seed 1
python -m tests.robustness.fuzz --target formats --seed 1 --input 4711
"""

from __future__ import annotations

import argparse
import sys

from tests.robustness.fuzz.running import TARGETS, fuzz, try_input


def main() -> None:
    """Run the targets and print the failures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, action="append", help="default: all")
    parser.add_argument("--input", type=int, help="repeat this one")
    arguments = parser.parse_args()
    targets = arguments.target or list(TARGETS)
    total = 0
    for target in targets:
        if arguments.input is not None:
            finding = try_input(target, arguments.seed, arguments.input)
            findings = [finding] if finding else []
        else:
            tried = fuzz(target, arguments.seed, seconds=arguments.seconds / len(targets))
            print(f"{target}: {tried.inputs} inputs, slowest {tried.slowest:.2f} s, {len(tried.findings)} findings")
            findings = tried.findings
        print(*findings[:20], sep="\n\n", flush=True)
        total += len(findings)
    sys.exit(bool(total))


if __name__ == "__main__":
    main()
