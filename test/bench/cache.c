/* One token at the library's door: known, new, or refused for each reason. What
 * is refused should cost less than what is known. */
#include "bench.h"
#include "subject.h"

#include <stdlib.h>
#include <string.h>

/** Tokens that are refused. */
struct refusal {
	const struct subject *steady; /* as tokens.subject, but with a program's clock */
	struct subject_tokens tokens;
	enum mcpauth_code code;
};

static void repeat(uint64_t times, void *user)
{
	const struct refusal *refusal = user;
	for (uint64_t i = 0; i < times; i++) {
		subject_verify(refusal->steady, refusal->tokens.items[0], refusal->code);
	}
}

static void vary(uint64_t times, void *user)
{
	struct refusal *refusal = user;
	for (uint64_t i = 0; i < times; i++) {
		subject_verify(refusal->tokens.subject, subject_tokens_next(&refusal->tokens),
			refusal->code);
	}
}

/* Cut off within the signature: no base64url has that length. */
static void mutilate(struct subject_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		char *signature = strrchr(tokens->items[i], '.') + 1;
		signature[strlen(signature) / 4 * 4 - 3] = '\0';
	}
}

/* Somebody looks at the numbers. */
static void let_count(const struct subject *subject)
{
	struct mcpauth_statistics statistics = MCPAUTH_STATISTICS_INIT;
	mcpauth_statistics_read(subject->auth, &statistics);
}

static const struct {
	const char *repeated; /* the case's name; NULL: none */
	const char *varied;
	struct subject_claims claims;
	bool is_mutilated;
	enum mcpauth_code code;
} rows[] = {
	{"bad signature, the same again", "bad signature, each one new", {.is_spoiled = true},
		false, MCPAUTH_E_BAD_SIGNATURE},
	{"malformed, the same again", "malformed, each one new", {0}, true,
		MCPAUTH_E_MALFORMED_TOKEN},
	{"expired, the same again", "expired, each one new", {.is_expired = true}, false,
		MCPAUTH_E_EXPIRED},
	{"unknown issuer, the same again", "unknown issuer, each one new",
		{.issuer = "https://evil.example.com"}, false, MCPAUTH_E_UNTRUSTED_ISSUER},
	{"unknown kid, the same again", "unknown kid, each one new", {.kid = "none"}, false,
		MCPAUTH_E_UNKNOWN_KEY},
};
#define ROWS (sizeof rows / sizeof *rows)

int main(int argc, char **argv)
{
	static const struct subject_config usual = {.has_system_clock = true};
	static const struct subject_config moved = {0};
	struct bench bench;
	struct subject steady;
	struct subject counting;
	struct subject subject;
	struct subject_tokens hot;
	struct subject_tokens counted;
	struct subject_tokens cold;
	struct refusal refusals[ROWS];
	bench_init(&bench, argc, argv);
	size_t count = bench.is_quick ? 2 : 512;
	subject_start(&steady, &usual);
	subject_start(&counting, &usual);
	let_count(&counting);
	subject_start(&subject, &moved);
	subject_tokens_sign(&hot, &steady, NULL, 1);
	subject_tokens_sign(&counted, &counting, NULL, 1);
	subject_tokens_sign(&cold, &subject, NULL, count);
	const struct bench_case *hit = bench_time(&bench, "seen before", subject_run_hot, &hot);
	bench_time(&bench, "seen before, and counted", subject_run_hot, &counted)->over = hit;
	bench_time(&bench, "never seen (RS256)", subject_run_cold, &cold)->over = hit;
	for (size_t i = 0; i < ROWS; i++) {
		refusals[i].steady = &steady;
		refusals[i].code = rows[i].code;
		subject_tokens_sign(&refusals[i].tokens, &subject, &rows[i].claims, count);
		if (rows[i].is_mutilated) {
			mutilate(&refusals[i].tokens);
		}
		bench_time(&bench, rows[i].repeated, repeat, &refusals[i])->over = hit;
		bench_time(&bench, rows[i].varied, vary, &refusals[i])->over = hit;
	}
	int status = bench_finish(&bench);
	for (size_t i = 0; i < ROWS; i++) {
		subject_tokens_finish(&refusals[i].tokens);
	}
	subject_tokens_finish(&cold);
	subject_tokens_finish(&counted);
	subject_tokens_finish(&hot);
	subject_stop(&subject);
	subject_stop(&counting);
	subject_stop(&steady);
	return status;
}
