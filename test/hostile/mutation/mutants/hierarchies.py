"""Scopes that include others: what follows, for whom, and what does not (T32)."""
from mutant import Table

TABLE = Table()
bug = TABLE.add

SCOPE_LIST = "middleware/scope_list.c"
HIERARCHY = "lib/token/hierarchy.c"
IDENTITY = "lib/token/identity.c"
NAMES = "lib/token/scope_names.c"
PATTERN = "lib/base/pattern.c"
PUBLIC = "lib/scope_hierarchy.c"

bug(
    "hierarchy-of-one-step",
    "unit/lib/hierarchy",
    "what follows from what follows is forgotten",
    (
        HIERARCHY,
        "add_bits(hierarchy->broader[i].reaches, next->reaches);",
        "add_bits(hierarchy->broader[i].reaches, hierarchy->broader[i].reaches);",
    ),
)
bug(
    "hierarchy-upside-down",
    "unit/lib/hierarchy",
    "T32: a narrower scope brings what the broader one includes",
    (
        HIERARCHY,
        "set_bit(hierarchy->broader[pair->broader].reaches, k);",
        "set_bit(hierarchy->broader[k].reaches, pair->broader);",
    ),
)
bug(
    "hierarchy-for-everybody",
    "unit/lib/hierarchy",
    "T32: a pair holds for whoever was granted any broader scope",
    (
        HIERARCHY,
        "if (has_bit(implied->broader, pair->broader)\n\t\t\t&& mcpauth__pattern_fits",
        "if (has_bit(implied->broader, pair->broader) <= 1\n\t\t\t&& mcpauth__pattern_fits",
    ),
)
bug(
    "hierarchy-beyond-its-room",
    "unit/lib/hierarchy",
    "a pair more than there is room for",
    (
        HIERARCHY,
        "if (hierarchy->pair_count + patterns->count > MCPAUTH__HIERARCHY_LIMIT) {",
        "if (hierarchy->pair_count + patterns->count > MCPAUTH__HIERARCHY_LIMIT + 1) {",
    ),
)
bug(
    "hierarchy-pair-twice",
    "unit/lib/hierarchy",
    "a pair that is said again takes the place of another one",
    (
        HIERARCHY,
        "if (!has_pair(hierarchy, broader, word, length)\n",
        "if (!has_pair(hierarchy, NULL, word, length)\n",
    ),
)
bug(
    "hierarchy-of-two-words",
    "unit/lib/hierarchy",
    "a broader scope that no token can bring, and nobody is told",
    (
        HIERARCHY,
        "!mcpauth__scope_is_valid(scope)) {",
        "!mcpauth__scopes_are_valid(scope)) {",
    ),
)
bug(
    "hierarchy-function-asked-of-anything",
    "unit/lib/hierarchy",
    "T32: an empty string in a token's array begins every scope",
    (
        HIERARCHY,
        "found = (implied->are_scopes || mcpauth__scope_is_valid(granted->items[i]))\n",
        "found = granted->items[i] != NULL\n",
    ),
)
bug(
    "hierarchy-function-asked-of-patterns",
    "unit/lib/hierarchy",
    "T32: a pattern taken for a scope",
    (HIERARCHY, "&& !mcpauth__pattern_has_star(pair->pattern)\n", "\n"),
)
bug(
    "hierarchy-function-of-granted-alone",
    "unit/lib/hierarchy",
    "the function is not asked of what the table adds",
    (HIERARCHY, "|| asks_of_implied(implied, wanted)));", "|| false));"),
)
bug(
    "hierarchy-function-for-ever",
    "unit/lib/hierarchy",
    "a function that was taken back is asked",
    (
        HIERARCHY,
        "hierarchy->implies = implies;",
        "hierarchy->implies = implies != NULL ? implies : hierarchy->implies;",
    ),
)
bug(
    "hierarchy-of-the-first-resource",
    "unit/lib/scope_hierarchy",
    "T31: with several resources NULL names one of them",
    (PUBLIC, "auth->resource_count == 1 ?", "auth->resource_count > 0 ?"),
)
bug(
    "hierarchy-of-all-resources",
    "unit/lib/scope_hierarchy",
    "T31: what is said of one resource holds for all",
    (
        PUBLIC,
        "*hierarchy = found->trust.hierarchy;",
        "for (size_t i = 0; i < auth->resource_count; i++) {\n"
        "\t\tif (auth->resources[i]->trust.hierarchy == NULL) {\n"
        "\t\t\tauth->resources[i]->trust.hierarchy =\n"
        "\t\t\t\tmcpauth__hierarchy_ref(found->trust.hierarchy);\n"
        "\t\t}\n\t}\n\t*hierarchy = found->trust.hierarchy;",
    ),
)
bug(
    "hierarchy-while-in-use",
    "unit/lib/scope_hierarchy",
    "the table changes under those who read it",
    (PUBLIC, "mcpauth__need_unused_resource(", "mcpauth__need_resource("),
)
bug(
    "hierarchy-never-settled",
    "unit/lib/scope_hierarchy",
    "nothing follows from anything",
    ("lib/token/trust.c", "if (trust->hierarchy != NULL) {", "if (false) {"),
)
bug(
    "hierarchy-not-in-bits",
    "unit/lib/scope_hierarchy",
    "a route does not know what has_scopes() knows",
    (NAMES, "if (implied != NULL) {", "if (implied == NULL && names->id == 0) {"),
)
bug(
    "hierarchy-in-bits-alone",
    "unit/lib/scope_hierarchy",
    "a name beyond the 64 that have bits follows from nothing",
    (
        "lib/demand.c",
        "mcpauth__identity_has_scope(identity, scope->name, strlen(scope->name));",
        "mcpauth__words_contain(&identity->scopes, scope->name, strlen(scope->name));",
    ),
)
bug(
    "hierarchy-dies-with-its-object",
    "unit/lib/scope_hierarchy",
    "an auth info that is kept reads what was freed",
    (IDENTITY, "mcpauth__hierarchy_ref(implied->hierarchy);", "made->implied = implied;"),
)
bug(
    "hierarchy-reads-on-to-the-next-scope",
    "unit/lib/scope_hierarchy",
    "T32: of a list the rest is taken for one scope",
    (IDENTITY, "if (scope[length] == '\\0') {", "if (scope != NULL) {"),
)
bug(
    "hierarchy-of-static-tokens-only",
    "unit/lib/scope_hierarchy",
    "what follows depends on who judged",
    (
        "lib/token/attempt.c",
        ".hierarchy = trust->hierarchy,",
        ".hierarchy = attempt->issuer == NULL ? trust->hierarchy : NULL,",
    ),
)
bug(
    "pattern-star-for-one-at-least",
    "unit/lib/pattern",
    '"a**b" does not fit "ab"',
    (PATTERN, "next = text;\n", "next = text++;\n"),
)
bug(
    "pattern-fits-a-beginning",
    "unit/lib/pattern",
    "T32: notes:rea is enough for notes:read",
    (PATTERN, "return *pattern == '\\0';", "return behind_star == NULL || *pattern == '\\0';"),
)
bug(
    "pattern-star-does-not-give-way",
    "unit/lib/pattern",
    "a star takes as little as it can, once and for all",
    (PATTERN, "text = ++next;", "text++;"),
)
bug(
    "challenge-for-what-follows",
    "unit/middleware/implied_scopes",
    "a client is to ask for a scope that nobody is known to grant",
    (SCOPE_LIST, "if (was_granted(holder, scope)) {", "if (holder == NULL) {"),
)
bug(
    "challenge-for-what-nobody-holds",
    "unit/middleware/implied_scopes",
    "a client is to ask for the first scope though it holds the second",
    (
        SCOPE_LIST,
        "if (follows == NULL && mcpauth_auth_info_has_scopes(holder, scope)) {",
        "if (follows == NULL && was_granted(holder, scope)) {",
    ),
)
