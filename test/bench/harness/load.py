"""Scenarios, and one measured run of wrk against one server."""
import http.client
import os
import re
import subprocess
import time

from .machine import BENCH, Unavailable

METADATA = "/.well-known/oauth-protected-resource/notes"


class Scenario:
    def __init__(self, name, title, path, tokens=None, status=200):
        self.name = name
        self.title = title
        self.path = path
        self.tokens = tokens
        self.status = status

    @property
    def cold(self):
        """Whether each request's token counts as never seen before."""
        return self.name.startswith("cold") or self.name == "rej-sig-distinct"

    @property
    def algorithm(self):
        kind = self.name.rpartition("-")[2]
        return {"es": "ES256", "ed": "EdDSA"}.get(kind, "RS256")

    @property
    def key(self):
        return {"ES256": "es.pem", "EdDSA": "ed.pem"}.get(self.algorithm, "rs.pem")


SCENARIOS = {scenario.name: scenario for scenario in (
    Scenario("open", "not protected", "/open"),
    Scenario("prm", "metadata", METADATA),
    Scenario("hot-rs", "token seen before, RS256", "/notes", "hot-rs"),
    Scenario("hot-es", "token seen before, ES256", "/notes", "hot-es"),
    Scenario("hot-ed", "token seen before, EdDSA", "/notes", "hot-ed"),
    Scenario("turn-rs", "61 tokens in turn, seen before, RS256", "/notes", "turn-rs"),
    Scenario("cold-rs", "distinct tokens, RS256", "/notes", "cold-rs"),
    Scenario("cold-es", "distinct tokens, ES256", "/notes", "cold-es"),
    Scenario("cold-ed", "distinct tokens, EdDSA", "/notes", "cold-ed"),
    Scenario("rej-none", "refused: no token", "/notes", None, 401),
    Scenario("rej-malformed", "refused: malformed", "/notes", "rej-malformed", 401),
    Scenario("rej-sig", "refused: bad signature, repeated", "/notes", "rej-sig", 401),
    Scenario("rej-expired", "refused: expired, repeated", "/notes", "rej-expired", 401),
    Scenario("rej-kid", "refused: unknown key", "/notes", "rej-kid", 401),
    Scenario("rej-sig-distinct", "refused: bad signatures, distinct", "/notes",
             "rej-sig-distinct", 401),
)}


def token_of(scenario, issuer):
    return issuer.tokens(scenario.tokens)[0] if scenario.tokens else None


def ask(port, path, token=None):
    """One request. @return (status, body)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Authorization": "Bearer " + token}
                           if token else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def probe(port, scenario, issuer, want):
    """The first request, which also fetches keys: it must be answered as expected."""
    status, body = ask(port, scenario.path, token_of(scenario, issuer))
    if status != want.status or (want.body is not None and body != want.body):
        raise Unavailable(f"answers {status} {body[:80]!r}, not {want.status}")


def start_wrk(port, scenario, issuer, seconds, connections, timeout=2):
    """@param timeout  seconds after which a request counts as broken"""
    environment = dict(os.environ, BENCH_PATH=scenario.path)
    environment.pop("BENCH_TOKENS", None)
    if scenario.tokens:
        environment["BENCH_TOKENS"] = str(issuer.file(scenario.tokens))
    # In a session of its own no terminal's signal reaches it, only our end.
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
         "--timeout", f"{timeout}s", "-s", BENCH / "harness" / "load.lua",
         f"http://127.0.0.1:{port}"], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True)


def read_result(output, errors):
    """@return requests, bad and broken ones, microseconds in all, of p50, of p99"""
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", output)
    if found is None:
        raise Unavailable(f"wrk failed: {output[-300:]}{errors[-300:]}")
    return [int(text) for text in found.groups()]


def run_wrk(port, scenario, issuer, seconds, connections):
    with start_wrk(port, scenario, issuer, seconds, connections) as wrk:
        try:
            return read_result(*wrk.communicate())
        finally:
            wrk.kill()


class Broken(Unavailable):
    """Nothing was answered wrongly, but connections broke."""


def check(requests, bad, broken, want):
    """An answer on the wrong side of 400, and a figure is none: it ends the run."""
    wrong = bad if want.status < 400 else requests - bad
    if requests == 0 or wrong:
        raise Unavailable(f"{wrong} of {requests} answers were wrong")
    if broken > want.may_break * requests:
        raise Broken(f"{broken} connections broke in {requests} requests")


def measure(process, scenario, issuer, want, how, warm=0):
    """
    One turn: a probe, the run that counts, a probe.

    @param warm  seconds to warm up before
    """
    probe(process.port, scenario, issuer, want)
    if warm:
        run_wrk(process.port, scenario, issuer, warm, how.connections)
    rss_before, _ = process.memory()
    keys_before = issuer.counts()["jwks"]
    before = process.cpu()
    begun = time.perf_counter()
    requests, bad, broken, _, p50, p99 = run_wrk(
        process.port, scenario, issuer, how.seconds, how.connections)
    wall = time.perf_counter() - begun
    after = process.cpu()
    check(requests, bad, broken, want)
    probe(process.port, scenario, issuer, want)
    user, system, exact = (b - a for a, b in zip(before, after))
    # The exact sum lacks threads that ended meanwhile.
    total = exact if abs(exact - user - system) < 0.05 + 0.1 * exact else user + system
    share = user / (user + system) if user + system else 0
    return {
        "requests": requests,
        "cpu_us": total / requests * 1e6,
        "user_us": total * share / requests * 1e6,
        "system_us": total * (1 - share) / requests * 1e6,
        "wall_s": wall,
        "per_second": requests / wall,
        "p50_us": p50,
        "p99_us": p99,
        "rss_before_kb": rss_before,
        "rss_after_kb": process.memory()[0],
        "broken": broken,
        "key_fetches": issuer.counts()["jwks"] - keys_before,
    }
