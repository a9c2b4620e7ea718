"""All seeded bugs, in the order of the code that they are in."""
from . import caches, claims, forms, keys, network, requests

ALL = [
    mutant
    for part in (forms, keys, claims, caches, network, requests)
    for mutant in part.TABLE.mutants
]
