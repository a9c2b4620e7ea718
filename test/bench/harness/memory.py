"""What a server's memory grows by, and how long it takes to start."""
import resource
import subprocess
import sys
import time

from . import machine
from .issuer import RESOURCE
from .load import SCENARIOS, ask, probe, run_wrk, token_of

CONNECTIONS = 10000
TOKENS = 10000
STARTS = 10


def row(what, kilobytes):
    return {"what": what, "kb": kilobytes}


def idle(targets, issuer):
    """As it stands after its first accepted token."""
    hot = SCENARIOS["hot-rs"]
    with targets["notes"].start(hot, issuer) as process:
        started = process.memory()
        probe(process.port, hot, issuer, targets["notes"].want(hot))
        served = process.memory()
        return [row("notes, started (RSS)", started[0]), row("notes, started (PSS)", started[1]),
                row("notes, after a first token (RSS)", served[0])]


def ours(servers, issuer, *options):
    return machine.Process([servers / "bench-ours", "--issuer", issuer.url, "--jwks",
                            issuer.jwks, "--resource", RESOURCE, *options])


def send_tokens(port, tokens):
    for token in tokens:
        status, _ = ask(port, "/notes", token)
        if status != 200:
            raise machine.Unavailable(f"a good token was answered {status}")


def cached_tokens(servers, issuer, how):
    """Growth from one token to many, all kept."""
    tokens = issuer.tokens("cold-ed")
    entries = 4 * len(tokens)
    with ours(servers, issuer, "--cache-entries", str(entries)) as process:
        # One connection's memory and the allocator's first growth are not tokens'.
        run_wrk(process.port, SCENARIOS["hot-rs"], issuer, 1, how.connections)
        before = process.memory()[0]
        send_tokens(process.port, tokens)
        growth = process.memory()[0] - before
        return [row(f"mcpauth, {len(tokens):,} tokens more in its cache "
                    f"(token_cache_entries {entries:,})", growth)]


def raise_descriptors(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < wanted:
        raise machine.Unavailable(f"{wanted} descriptors are needed, ulimit -n gives {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, wanted)), hard))


def kept_connections(process, token, count):
    """A client of its own holds them, each after one answered request."""
    before = process.memory()[0]
    client = subprocess.Popen(
        [sys.executable, machine.BENCH / "harness" / "connections.py", str(process.port),
         str(count), token], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = client.stdout.readline()
        if line.strip() != f"holding {count}":
            raise machine.Unavailable(f"{count} connections are not to be had: {line}")
        return process.memory()[0] - before
    finally:
        client.stdin.close()
        client.wait(60)
        client.stdout.close()


def connections(servers, issuer, count):
    raise_descriptors(count + 1000)
    token = token_of(SCENARIOS["hot-rs"], issuer)
    limit = ["--connection-limit", str(count + 100)]
    rows = []
    for name, process in (
            ("bare libmicrohttpd", machine.Process([servers / "bench-bare", *limit])),
            ("mcpauth", ours(servers, issuer, *limit))):
        with process:
            ask(process.port, "/notes", token)
            rows.append(row(f"{name}, {count:,} kept connections more",
                            kept_connections(process, token, count)))
    return rows


def memory(servers, targets, issuer, how):
    rows = []
    for name, work in (("idle", lambda: idle(targets, issuer)),
                       ("cached tokens", lambda: cached_tokens(servers, issuer, how)),
                       ("connections", lambda: connections(servers, issuer, how.kept))):
        machine.say(f"memory: {name}")
        try:
            rows += work()
        except (machine.Unavailable, OSError) as missing:
            how.skipped.append(f"memory, {name}: {missing}")
    return rows


def one_start(target, issuer):
    """@return milliseconds to the first answer, and to the first accepted token"""
    opened, hot = SCENARIOS["open"], SCENARIOS["hot-rs"]
    process = target.start(hot, issuer)
    with process:
        probe(process.port, opened, issuer, target.want(opened))
        first = time.perf_counter()
        # Keys may be fetched by then, or not yet.
        probe(process.port, hot, issuer, target.want(hot))
        accepted = time.perf_counter()
        return (first - process.begun) * 1000, (accepted - process.begun) * 1000


def startup(targets, issuer, how):
    """By target. Interleaved, as everything is."""
    found = {}
    names = [name for name in ("bare", "ours", "notes", "hand", "mcp-auth", "mcp-sdk", "apache")
             if name in targets]
    for turn in range(STARTS):
        for name in how.shuffled(names):
            machine.say(f"start-up {turn + 1} of {STARTS}: {name}")
            try:
                first, accepted = one_start(targets[name], issuer)
            except machine.Unavailable as missing:
                how.skipped.append(f"start-up of {name}: {missing}")
                continue
            rows = found.setdefault(name, {"first_ms": [], "token_ms": []})
            rows["first_ms"].append(first)
            rows["token_ms"].append(accepted)
    return {name: found[name] for name in names if name in found}
