"""What a diagnosis says of a token, and of what it keeps silent."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

RULES = "lib/diagnosis/rules.c"
FOUND = "lib/diagnosis/found.c"
LINE = "lib/diagnosis/line.c"
GLUE = "lib/diagnosis.c"
LOG = "middleware/log_line.c"

bug(
    "diagnosis-open-is-failed",
    "unit/lib/diagnosis",
    "a server that is away counts as a bad token",
    (RULES, "\tif (is_undecided(code)) {\n\t\tstate->verdict", "\tif (false) {\n\t\tstate->verdict"),
)
bug(
    "diagnosis-expiry-passed",
    "unit/lib/diagnosis",
    "an expired token meets all rules, and is refused",
    (
        RULES,
        "note(diagnosis, MCPAUTH_RULE_EXPIRY, mcpauth__claims_check_expiry(claims, held, &err),",
        "note(diagnosis, MCPAUTH_RULE_EXPIRY, MCPAUTH_OK,",
    ),
)
bug(
    "diagnosis-signature-unlooked",
    "unit/lib/diagnosis",
    "of a token that is refused anyway the signature is called good",
    (RULES, "\t\tdiagnosis->needs_keys = true;", "\t\tmcpauth__diagnosis_note_keys(diagnosis, MCPAUTH_OK);"),
)
bug(
    "diagnosis-key-and-signature",
    "unit/lib/diagnosis",
    "a bad signature is told as a key that is missing",
    (RULES, "signed_badly ? MCPAUTH_OK : code, &diagnosis->why);", "code, &diagnosis->why);"),
)
bug(
    "diagnosis-any-policy",
    "unit/lib/diagnosis",
    "one issuer's rules for the token of another",
    (RULES, "trust->count == 1", "trust->count >= 1"),
)
bug(
    "diagnosis-crit-and-keys",
    "unit/lib/diagnosis",
    "a signature is judged that crit gives another meaning",
    (
        RULES,
        "if (!has_passed(diagnosis, MCPAUTH_RULE_CRITICAL_HEADER)) {",
        "if (false) {",
    ),
)
bug(
    "diagnosis-scopes-unlooked",
    "unit/lib/diagnosis",
    "no scope is ever missing",
    (RULES, "\tif (missing != NULL) {", "\tif (false) {"),
)
bug(
    "diagnosis-remembers",
    "unit/lib/judges",
    "a diagnosis says what was remembered",
    (GLUE, "\tdiagnosis.verifier.cache = NULL;\n", ""),
    (GLUE, "\tdiagnosis.verifier.cache_ms = 0;\n", ""),
)
bug(
    "diagnosis-uncounted",
    "unit/lib/diagnosis",
    "the statistics do not know of it",
    (
        GLUE,
        "return mcpauth__verification_count(auth, &diagnosis->progress, code);",
        "return code;",
    ),
)
bug(
    "diagnosis-revoked-unasked",
    "unit/lib/diagnosis",
    "a revoked token is called good",
    (GLUE, "\tif (code == MCPAUTH_OK) {\n\t\tcode = mcpauth__verification_confirm(",
     "\tif (code == MCPAUTH_OK && diagnosis == NULL) {\n\t\tcode = mcpauth__verification_confirm("),
)
bug(
    "diagnosis-judged-by-nobody",
    "unit/lib/judges",
    "a token that nobody calls active is told as one of a wrong form",
    (RULES, "&& diagnosis->code != MCPAUTH_E_INACTIVE);", ");"),
)
bug(
    "diagnosis-controls",
    "unit/lib/diagnosis_text",
    "a claim's value writes to the terminal",
    (
        LINE,
        "} else if (character >= 0x20 && character <= 0x7e) {",
        "} else if (character <= 0x7e) {",
    ),
)
bug(
    "diagnosis-uncut",
    "unit/lib/diagnosis_text",
    "a value is told whole, be it a signature",
    (LINE, "bool cut = length > MCPAUTH__LINE_VALUE_LIMIT;", "bool cut = false;"),
)
bug(
    "diagnosis-span-unit",
    "unit/lib/diagnosis_text",
    "minutes for hours",
    (LINE, "{{86400, \" d\"}, {3600, \" h\"}", "{{86400, \" d\"}, {3600, \" min\"}"),
)
bug(
    "diagnosis-future-past",
    "unit/lib/diagnosis_text",
    "what lies ahead is told as past",
    (FOUND, "int64_t ahead = time - diagnosis->held.now;", "int64_t ahead = diagnosis->held.now - time;"),
)
bug(
    "diagnosis-nearness",
    "unit/lib/diagnosis_text",
    "the slash that is missing is not pointed at",
    (
        "lib/diagnosis/near.c",
        "if (differs_by_slash(found, wanted) || differs_by_slash(wanted, found)) {",
        "if (false) {",
    ),
)
bug(
    "diagnosis-provider",
    "unit/lib/diagnosis_text",
    "general advice where the provider is known",
    (
        "lib/diagnosis/advice.c",
        "if (strstr(issuer, providers[i].mark) != NULL) {",
        "if (false) {",
    ),
)
bug(
    "log-line-unnamed",
    "integration/access_log",
    "nobody finds the line of the refusal that a client quotes",
    (LOG, "level, code, exchange->request_id, line);", "level, code, NULL, line);"),
)
