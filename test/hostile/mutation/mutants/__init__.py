"""All seeded bugs, in the order of the code that they are in."""
from . import (
    caches,
    claims,
    clients,
    cors,
    forgetting,
    hierarchies,
    handles,
    introspectors,
    judges,
    keys,
    logout,
    logs,
    messages,
    metrics,
    network,
    operations,
    rates,
    requests,
    statistics,
    stores,
    syntax,
)

ALL = [
    mutant
    for part in (
        syntax,
        keys,
        claims,
        hierarchies,
        logout,
        caches,
        judges,
        clients,
        introspectors,
        stores,
        forgetting,
        network,
        messages,
        requests,
        rates,
        logs,
        metrics,
        cors,
        operations,
        handles,
        statistics,
    )
    for mutant in part.TABLE.mutants
]
