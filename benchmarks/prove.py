"""How long the proofs take: every machine of the project, for any number of elements.

python -m benchmarks.prove
"""

from checkers.market.subjects import SUBJECTS
from checkers.prove.prover import prove


def main() -> None:
    """Print a row for each machine, and the total."""
    total = 0.0
    print(f"{'machine':22}{'obligations':>12}{'seconds':>9}  everything proved")
    for name, subject in SUBJECTS.items():
        proof = prove(subject.machine, confirmed=False, searched=False)
        count = sum(len(obligations) for obligations in proof.obligations.values())
        total += proof.seconds
        print(f"{name:22}{count:12}{proof.seconds:9.2f}  {'yes' if proof.complete else 'no'}")
    print(f"{'together':22}{'':12}{total:9.2f}")


if __name__ == "__main__":
    main()
