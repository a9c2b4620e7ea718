"""Prometheus' own promtool takes what /metrics says, and finds nothing to blame."""
import shutil
import subprocess
import sys

SKIPPED = 77
# The twin: what a careless server could say, one change each.
SPOILED = (
    ("a counter without _total", "mcpauth_requests_total", "mcpauth_requests"),
    ("a family without HELP", "# HELP mcpauth_suspended_connections", "# mcpauth"),
    ("a value that is none", "mcpauth_suspended_connections 0", "mcpauth_suspended_connections x"),
    ("a label without quotes", 'outcome="passed"', "outcome=passed"),
)


def check(text):
    """(accepted, what was said)"""
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0 and done.stdout == "", done.stdout


def main():
    if shutil.which("promtool") is None:
        print("skipped: no promtool here (Debian package prometheus)")
        return SKIPPED
    text = subprocess.run([sys.argv[1]], check=True, stdout=subprocess.PIPE, text=True).stdout
    good, said = check(text)
    print("/metrics:", "accepted" if good else said)
    failed = 0 if good else 1
    for label, old, new in SPOILED:
        accepted = old not in text or check(text.replace(old, new))[0]
        print(f"{label}:", "ACCEPTED" if accepted else "refused")
        failed += accepted
    print(f"{1 + len(SPOILED) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
