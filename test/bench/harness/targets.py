"""What is compared, how each is started, and what it must answer."""
import os
import shutil

from . import machine
from .apache import PACKAGES, Apache
from .issuer import RESOURCE
from .load import SCENARIOS

BODY = b'{"notes":["buy milk","call Ada"],"next":null}'
PEERS = machine.BENCH / "peers"
PEER_NAMES = ("hand", "mcp-auth", "mcp-sdk", "apache")
# libmicrohttpd alone knows no other path and no refusal.
REQUESTS = ("open", "hot-rs", "hot-es", "hot-ed", "cold-rs", "cold-es", "cold-ed")
ALL = tuple(SCENARIOS)
# By hand: no metadata, one key whatever its name, and libjwt 1.10 knows no EdDSA.
HAND = tuple(name for name in ALL if name not in ("prm", "rej-kid") and name[-3:] != "-ed")


class Want:
    """What a request must be answered, and which share of connections may break."""

    def __init__(self, status, body, may_break=0.0):
        self.status = status
        self.body = body
        self.may_break = may_break


class Target:
    """One kind of server."""

    title = ""
    scenarios = ALL
    slow_start = False

    def __init__(self, name, title, scenarios=ALL):
        self.name = name
        self.title = title
        self.scenarios = scenarios

    def start(self, scenario, issuer):
        raise NotImplementedError

    def want(self, scenario):
        wrong = scenario.status != 200 or scenario.name == "prm"
        return Want(scenario.status, None if wrong else BODY)


class Bare(Target):
    """Answers whatever is asked with the same bytes."""

    def __init__(self, servers, name, title, *options):
        super().__init__(name, title)
        self.words = [servers / "bench-bare", *options]

    def start(self, scenario, issuer):
        return machine.Process(self.words)

    def want(self, scenario):
        return Want(200, BODY)


class Keyed(Target):
    """Has one public key, given by hand."""

    def __init__(self, servers, name, title, scenarios, *options):
        super().__init__(name, title, scenarios)
        self.words = [servers / f"bench-{name.partition('-')[0]}", *options]

    def start(self, scenario, issuer):
        return machine.Process(self.words + [
            "--algorithm", scenario.algorithm, "--key", issuer.file(scenario.key),
            "--issuer", issuer.url, "--resource", RESOURCE])


class Ours(Target):
    """With a cache of one token where each must be verified."""

    def __init__(self, servers, name, title, cold_options, *options):
        super().__init__(name, title)
        self.words = [servers / "bench-ours", *options]
        self.cold_options = cold_options

    def start(self, scenario, issuer):
        words = self.words + ["--issuer", issuer.url, "--jwks", issuer.jwks,
                              "--resource", RESOURCE]
        return machine.Process(words + (self.cold_options if scenario.cold else []))


class Notes(Target):
    """The example, for start-up and memory."""

    def __init__(self, servers):
        super().__init__("notes", "examples/notes", ("open", "prm", "hot-rs", "rej-none"))
        self.program = servers.parent.parent.parent / "examples" / "notes"

    def start(self, scenario, issuer):
        return machine.Process([self.program, "--port", "0", "--resource", RESOURCE,
                                "--issuer", issuer.url, "--jwks", issuer.jwks])

    def want(self, scenario):
        return Want(scenario.status, None)


class Node(Target):
    slow_start = True

    def __init__(self, environment, name, title, file):
        super().__init__(name, title)
        self.environment = dict(environment, NODE_ENV="production")
        self.file = PEERS / file

    def start(self, scenario, issuer):
        return machine.Process(["node", self.file, issuer.url, RESOURCE],
                               environment=self.environment)


class ApacheTarget(Target):
    slow_start = True

    def __init__(self):
        # liboauth2's cjose knows no EdDSA.
        super().__init__("apache", "Apache, liboauth2's mod_oauth2",
                         tuple(name for name in ALL if not name.endswith("-ed")))

    def want(self, scenario):
        # It may close kept connections at will, and does when it is busy.
        found = super().want(scenario)
        found.may_break = 0.01
        return found

    def start(self, scenario, issuer):
        return Apache(issuer, BODY.decode())


def ours_and_bare(servers, how):
    """All that is built here. @return targets by name"""
    poll = ["--poll"] if how.poll else []
    two = [*poll, "--threads", "2"]
    cold = ["--no-cache"] if how.cold == "off" else ["--cache-entries", "1"]
    signatures = ("cold-rs", "cold-es", "cold-ed")
    found = [
        Bare(servers, "bare", "bare libmicrohttpd", *poll),
        Bare(servers, "bare-again", "bare libmicrohttpd, again", *poll),
        Bare(servers, "bare-options", "bare, with our daemon options", *poll,
             "--daemon-options"),
        Bare(servers, "bare-2", "bare libmicrohttpd, 2 threads", *two),
        Keyed(servers, "limit", "bare and gnutls_pubkey_verify_data2 alone", signatures, *poll),
        Ours(servers, "ours", "mcpauth", cold, *poll),
        Ours(servers, "ours-2", "mcpauth, 2 threads", cold, *two),
    ]
    if (servers / "bench-hand").exists():
        found.append(Keyed(
            servers, "hand", "libmicrohttpd and libjwt by hand",
            HAND, *poll))
    else:
        how.skipped.append("libmicrohttpd and libjwt by hand: libjwt-gnutls-dev is not there "
                           "(libjwt-dev, its OpenSSL flavour, is in its way if installed)")
    return {target.name: target for target in found}


def install_node_peers(environment):
    stamp = PEERS / "node_modules" / ".stamp"
    lock = (PEERS / "package-lock.json").read_text()
    if not stamp.exists() or stamp.read_text() != lock:
        machine.say("installing the peers from npm")
        machine.command("npm", "ci", "--no-audit", "--no-fund", "--no-update-notifier",
                        "--loglevel=error", cwd=PEERS, env=environment)
        stamp.write_text(lock)


def peers(environment, how):
    """What others made; those that cannot be had are named in how.skipped."""
    found = {}
    try:
        install_node_peers(environment)
        for name, title, file in (("mcp-auth", "npm mcp-auth", "mcp_auth.mjs"),
                                  ("mcp-sdk", "npm @modelcontextprotocol/sdk", "mcp_sdk.mjs")):
            found[name] = Node(environment, name, title, file)
    except (machine.Unavailable, OSError) as missing:
        how.skipped.append(f"npm peers: {missing}")
    try:
        machine.install(*PACKAGES)
        if shutil.which("apache2") is None and not os.path.exists("/usr/sbin/apache2"):
            raise machine.Unavailable("apache2 is not installed")
        found["apache"] = ApacheTarget()
    except (machine.Unavailable, OSError) as missing:
        how.skipped.append(f"Apache with mod_oauth2: {missing}")
    return found
