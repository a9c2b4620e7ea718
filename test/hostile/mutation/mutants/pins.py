"""What a client's configuration pins: its issuer, its keys, what was kept of before."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

OBTAIN = "lib/client/tokens/obtain.c"

bug(
    "issuer-assumed",
    "unit/lib/client_attack",
    "a server that hides its metadata gets what is for the configured issuer",
    (OBTAIN, "code = check_assumed(it, origin, err);", "(void)check_assumed;"),
)
