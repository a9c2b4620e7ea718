"""All seeded bugs, in the order of the code that they are in."""
from . import (
    caches,
    claims,
    clients,
    cors,
    forgetting,
    handles,
    hierarchies,
    introspectors,
    judges,
    keys,
    logout,
    logs,
    messages,
    metrics,
    network,
    operations,
    programs,
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
        programs,
    )
    for mutant in part.TABLE.mutants
]
