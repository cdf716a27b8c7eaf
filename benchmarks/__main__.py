"""`python -m benchmarks [NAME ...] [--rounds N]`: every benchmark, or those named."""

import argparse
import sys

from benchmarks import forms, freetime, plan, population, startup, taps, transport
from benchmarks.report import machine

BENCHMARKS = {
    "taps": taps.run,
    "transport": transport.run,
    "population": population.run,
    "startup": startup.run,
    "forms": forms.run,
    "freetime": freetime.run,
    "plan": plan.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=sys.modules["benchmarks"].__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved rounds, at least 5 (default: 7)")
    chosen = parser.parse_args()
    if strange := [name for name in chosen.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark is called {', '.join(strange)}; there are {', '.join(BENCHMARKS)}")
    if chosen.rounds < 5:
        parser.error("a median of fewer than 5 rounds says little")
    print("\n".join(machine()))
    for name in chosen.names or BENCHMARKS:
        BENCHMARKS[name](chosen.rounds)


if __name__ == "__main__":
    main()
