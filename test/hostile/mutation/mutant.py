"""A seeded bug: what is changed where, what it stands for, who must notice."""
from dataclasses import dataclass, field


@dataclass
class Mutant:
    name: str
    suite: str  # tried first: unit/lib/jws, integration/tls, wycheproof
    stands_for: str
    edits: list[tuple[str, str, str]]  # file, the text there (once), its replacement
    allowed: str = field(default="")  # why an RFC lets it pass; then it may survive


class Table:
    """Collects mutants, one call a bug."""

    def __init__(self):
        self.mutants = []

    def add(self, name, suite, stands_for, *edits, allowed=""):
        self.mutants.append(Mutant(name, suite, stands_for, list(edits), allowed))
