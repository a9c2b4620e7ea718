"""Clients' addresses, trusted proxies, and the limit of failures."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

ADDRESS = "middleware/clients/client_address.c"
FAILURES = "middleware/clients/failures.c"
PROXIES = "middleware/clients/proxies.c"
STAGE = "middleware/stages/rate_limit.c"

bug(
    "hop-port-beyond-16-bits",
    "unit/middleware/client_address",
    "T46: a port that is none",
    (ADDRESS, "\treturn port <= 65535;", "\treturn true;"),
)
bug(
    "hop-brackets-around-ipv4",
    "unit/middleware/client_address",
    "T46: brackets are IPv6's",
    (
        ADDRESS,
        "&& parse(AF_INET6, text + 1, inside, address);",
        "&& mcpauth__client_address_parse(text + 1, inside, address);",
    ),
)
bug(
    "peer-mapped-is-ipv6",
    "unit/middleware/client_address",
    "one client is two, on a socket for both families",
    (ADDRESS, "static const unsigned char mapping[12] = {[10] = 0xff, [11] = 0xff};",
     "static const unsigned char mapping[12] = {[11] = 0xff};"),
)
bug(
    "proxy-bits-behind-the-prefix",
    "unit/middleware/proxies",
    "T46: many are believed where one was meant",
    (PROXIES, " && !has_bits_behind(network)\n", "\n"),
)
bug(
    "proxy-of-no-length",
    "unit/middleware/proxies",
    "T46: everybody is believed",
    (PROXIES, "return bits > 0 && network->bits", "return network->bits"),
)
bug(
    "proxy-all-of-ipv4",
    "unit/middleware/proxies",
    "T46: everybody is believed, in other words",
    (PROXIES, "\n\t\t&& !is_all_of_ipv4(network);", " && (is_all_of_ipv4(network) || true);"),
)
bug(
    "proxy-ipv4-in-ipv6",
    "unit/middleware/proxies",
    "T46: a network of IPv6 that holds all of IPv4",
    (
        PROXIES,
        "(network->bits >= MAPPING_BITS || !mcpauth__client_address_is_ipv4(address))\n\t\t&& ",
        "",
    ),
)
bug(
    "proxy-prefix-by-bytes",
    "unit/middleware/proxies",
    "T46: neighbours of a proxy are believed",
    (PROXIES, "\tunsigned char mask = mask_of(bits % 8);", "\tunsigned char mask = 0;"),
)
bug(
    "forwarded-by-anybody",
    "unit/middleware/proxies",
    "T46: whoever says so is somebody else",
    (
        PROXIES,
        "bool goes_on = mcpauth__proxies_have(proxies, address);",
        "bool goes_on = true;",
    ),
)
bug(
    "forwarded-first-element",
    "unit/middleware/proxies",
    "T46: what the client itself wrote counts",
    (PROXIES, "\treturn mcpauth__proxies_have(walk->proxies, &address);", "\treturn true;"),
)
bug(
    "forwarded-fields-in-reverse",
    "unit/middleware/proxies",
    "T46: the first field counts, the client's",
    (
        PROXIES,
        "forwarded->value(forwarded->user, i - 1)",
        "forwarded->value(forwarded->user, forwarded->count - i)",
    ),
)
bug(
    "forwarded-past-what-is-malformed",
    "unit/middleware/proxies",
    "T46: no proxy wrote that",
    (
        PROXIES,
        "(size_t)(end - start), &address)) {\n\t\treturn false;",
        "(size_t)(end - start), &address)) {\n\t\treturn true;",
    ),
)
bug(
    "forwarded-without-end",
    "unit/middleware/proxies",
    "T44: as many elements as a client likes",
    (PROXIES, "\t\twalk->elements--;\n", ""),
)
bug(
    "forwarded-bytes-without-end",
    "unit/middleware/proxies",
    "T44: as many blanks as a client likes",
    (PROXIES, "\t\twalk->bytes -= (size_t)(end - start) + 1;\n", ""),
)
bug(
    "limit-places-can-be-chosen",
    "unit/middleware/failures",
    "T24: who knows the hash frees himself with others' failures",
    (FAILURES, "memcpy(source->secret, failures->secret, sizeof source->secret);", ""),
)
bug(
    "limit-each-address-of-ipv6",
    "unit/middleware/failures",
    "a client has 2^64 of them",
    (FAILURES, "counts_whole(address) ? sizeof address->bytes : 8", "sizeof address->bytes"),
)
bug(
    "limit-fullest-makes-room",
    "unit/middleware/failures",
    "who fails most is forgotten first",
    (FAILURES, "other.left < best.left", "other.left > best.left"),
)
bug(
    "limit-one-too-many",
    "unit/middleware/failures",
    "the burst is not what it says",
    (FAILURES, "(limit->burst - 1) * ticks", "limit->burst * ticks"),
)
bug(
    "limit-told-too-early",
    "unit/middleware/failures",
    "who waits as he is told is told again",
    (FAILURES, "(found.left - room + TICKS_A_SECOND - 1)", "(found.left - room)"),
)
bug(
    "limit-never-forgets",
    "unit/middleware/failures",
    "an end in the past is far ahead",
    (FAILURES, "return left <= TICKS_AHEAD ? left : 0;", "return left;"),
)
bug(
    "limit-volley-is-free",
    "unit/middleware/failures",
    "as many at once as there are connections",
    (FAILURES, "uint32_t most = 2 * limit->burst", "uint32_t most = limit->burst"),
)
bug(
    "limit-volley-has-no-end",
    "unit/middleware/failures",
    "locked out for as long as others like",
    (FAILURES, "end = tick + (left < most ? left : most);", "end = tick + left + 0 * most;"),
)
bug(
    "limit-all-forgotten-too-early",
    "unit/middleware/failures",
    "the last to fail decides when nobody is looked for",
    (FAILURES, "while (ticks_left(before, now) < end - now\n", "while (true\n"),
)
bug(
    "limit-counts-no-credentials",
    "unit/middleware/rate_limit",
    "who asks how to log in is told to wait",
    (STAGE, "reason > MCPAUTH_E_NO_CREDENTIALS", "reason >= MCPAUTH_E_NO_CREDENTIALS"),
)
bug(
    "limit-counts-what-no-token-heals",
    "unit/middleware/rate_limit",
    "a page of another origin locks its visitors out",
    (STAGE, "&& reason < 500", "&& reason < 600"),
)
bug(
    "limit-counts-public-paths",
    "unit/middleware/rate_limit",
    "a lost logout",
    (STAGE, " && !exchange->route->is_public\n", "\n"),
)
bug(
    "limit-keeps-the-challenge",
    "unit/middleware/rate_limit",
    "RFC 6585: the client asks for scopes instead of waiting",
    (
        STAGE,
        'mcpauth_answer_set_header(answer, "WWW-Authenticate", NULL) == MCPAUTH_OK',
        "true",
    ),
)
bug(
    "limit-of-subjects-prolongs-itself",
    "unit/middleware/rate_limit",
    "who waits as he is told is told again",
    (
        STAGE,
        "\t\tmcpauth_answer_set_status(answer, 429);\n\t\texchange->reason = MCPAUTH_E_RATE_LIMITED;",
        "\t\tmcpauth_answer_set_status(answer, 429);",
    ),
)
bug(
    "limit-before-cors",
    "unit/middleware/rate_limit",
    "a page cannot read that it is to wait",
    (
        "middleware/chain.c",
        '{"cors", "access_log", "rate_limit"}',
        '{"rate_limit", "cors", "access_log"}',
    ),
)
bug(
    "limit-by-system-clock",
    "unit/middleware/rate_limit",
    "a program's own clock does not count",
    (
        "lib/auth.c",
        "return mcpauth__clock_coarse(&auth->runtime->clock);",
        "(void)auth;\n\treturn mcpauth__clock_coarse(&(struct mcpauth__clock){0});",
    ),
)
bug(
    "rate-leaving-counts-nothing",
    "unit/middleware/rate_limit_left",
    "whoever leaves before the answer has an endpoint asked without end",
    (STAGE, "(exchange->reason == MCPAUTH_OK && exchange->is_judged)", "false"),
)
bug(
    "rate-counts-all-that-leave",
    "unit/middleware/rate_limit_left",
    "a good token counts when its client leaves later",
    (
        "middleware/stages/bearer.c",
        "exchange->is_judged = code == MCPAUTH_PENDING;\n\tif (exchange->is_judged) {",
        "exchange->is_judged = true;\n\tif (code == MCPAUTH_PENDING) {",
    ),
)
bug(
    "failures-translated-are-one",
    "unit/middleware/failures",
    "one client of a translator's locks all of IPv4 out",
    (
        FAILURES,
        "\n\t\t|| memcmp(address->bytes, translated, sizeof translated) == 0;",
        " && translated[0] == 0;",
    ),
)
bug(
    "rate-counts-when-it-ends",
    "unit/middleware/rate_limit_left",
    "slow bodies: as many tries at once as there are connections",
    (STAGE, "\tchain->on_decision = on_decision;\n", "\t(void)on_decision;\n"),
)
bug(
    "rate-counts-twice",
    "unit/middleware/rate_limit_left",
    "a failure is two",
    (STAGE, "\t\texchange->is_counted = true;\n", ""),
)
