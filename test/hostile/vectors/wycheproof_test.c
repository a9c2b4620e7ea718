/* Every vector of Project Wycheproof through the library's own verification. */
#include "wycheproof.h"
#include "known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SKIPPED 77
#define USUAL_FOLDER TEST_ROOT "/../shared/hostile/wycheproof"

static const struct vector_file files[] = {
	{"json_web_signature", NULL, wycheproof_accepts_token},
	{"json_web_key", NULL, wycheproof_accepts_token},
	{"json_web_crypto", NULL, wycheproof_accepts_token},
	{"json_web_encryption", NULL, wycheproof_accepts_token},
	{"ecdsa_secp256r1_sha256_p1363", "ES256", wycheproof_accepts_raw},
	{"ecdsa_secp384r1_sha384_p1363", "ES384", wycheproof_accepts_raw},
	{"ecdsa_secp521r1_sha512_p1363", "ES512", wycheproof_accepts_raw},
	{"ed25519", "Ed25519", wycheproof_accepts_raw},
	{"rsa_signature_2048_sha256", "RS256", wycheproof_accepts_raw},
	{"rsa_signature_2048_sha384", "RS384", wycheproof_accepts_raw},
	{"rsa_signature_2048_sha512", "RS512", wycheproof_accepts_raw},
	{"rsa_signature_3072_sha256", "RS256", wycheproof_accepts_raw},
	{"rsa_signature_4096_sha512", "RS512", wycheproof_accepts_raw},
	{"rsa_pss_2048_sha256_mgf1_32", "PS256", wycheproof_accepts_raw},
	{"rsa_pss_2048_sha384_mgf1_48", "PS384", wycheproof_accepts_raw},
	{"rsa_pss_3072_sha256_mgf1_32", "PS256", wycheproof_accepts_raw},
	{"rsa_pss_4096_sha384_mgf1_48", "PS384", wycheproof_accepts_raw},
	{"rsa_pss_4096_sha512_mgf1_64", "PS512", wycheproof_accepts_raw},
};

/* Each vector is one of these. */
enum kind {
	SOUND,
	HMAC,       /* never a signature here: refused, good or not */
	ENCRYPTED,  /* likewise */
	ACCEPTABLE, /* either way would do: refused */
	KNOWN,      /* see wycheproof_known.c */
	KINDS
};

static const char *const headings[KINDS] = {"as said", "HMAC", "encrypted", "acceptable", "known"};

struct counts {
	unsigned good[KINDS];
	unsigned accepted;
	unsigned failed;
};

static const cJSON *member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool member_is(const cJSON *object, const char *name, const char *value)
{
	const char *text = cJSON_GetStringValue(member(object, name));
	return text != NULL && strcmp(text, value) == 0;
}

static bool has_symmetric_key(const cJSON *group)
{
	const cJSON *key = member(group, "private");
	const cJSON *keys = member(key, "keys");
	return member_is(keys != NULL ? cJSON_GetArrayItem(keys, 0) : key, "kty", "oct");
}

static enum kind kind_of(const cJSON *group, const cJSON *test, const struct known *known)
{
	if (known != NULL) {
		return KNOWN;
	}
	if (cJSON_HasObjectItem(test, "jwe")) {
		return ENCRYPTED;
	}
	if (has_symmetric_key(group)) {
		return HMAC;
	}
	return member_is(test, "result", "acceptable") ? ACCEPTABLE : SOUND;
}

static bool is_as_known(const struct vector_file *file, const cJSON *group, const cJSON *test,
	const struct known *known)
{
	bool accepted = file->accepts(file, group, test);
	printf("  %s %d: %s: %s\n", file->name, known->id, accepted ? "accepted" : "refused",
		known->why);
	switch (known->kind) {
	case KNOWN_REFUSED:
		return !accepted;
	case KNOWN_GOOD_WITHOUT_ALG:
		return !accepted && wycheproof_accepts_without_alg(file, group, test);
	case KNOWN_REFUSED_BY_NETTLE:
		return member_is(test, "result", "valid");
	}
	return false;
}

static bool is_as_said(const struct vector_file *file, const cJSON *group, const cJSON *test,
	struct counts *counts)
{
	bool accepted = file->accepts(file, group, test);
	bool valid = member_is(test, "result", "valid");
	counts->accepted += accepted;
	return accepted == valid && (valid || member_is(test, "result", "invalid"));
}

static void judge(const struct vector_file *file, const cJSON *group, const cJSON *test,
	struct counts *counts)
{
	int id = cJSON_IsNumber(member(test, "tcId")) ? member(test, "tcId")->valueint : 0;
	const struct known *known = wycheproof_known(file, id);
	enum kind kind = kind_of(group, test, known);
	bool good = kind == KNOWN ? is_as_known(file, group, test, known)
		: kind == SOUND   ? is_as_said(file, group, test, counts)
				  : !file->accepts(file, group, test);
	if (good) {
		counts->good[kind]++;
		return;
	}
	counts->failed++;
	printf("  %s %d: FAILED, it is said to be %s: %s\n", file->name, id,
		cJSON_GetStringValue(member(test, "result")),
		cJSON_GetStringValue(member(test, "comment")));
}

static cJSON *read_json(const char *folder, const char *name)
{
	char path[4096];
	static char text[8 * 1024 * 1024];
	snprintf(path, sizeof path, "%s/%s_test.json", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		return NULL;
	}
	size_t length = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[length] = '\0';
	return cJSON_Parse(text);
}

static void judge_file(const char *folder, const struct vector_file *file, struct counts *counts)
{
	cJSON *json = read_json(folder, file->name);
	const cJSON *stated = member(json, "numberOfTests");
	unsigned seen = 0;
	const cJSON *group;
	const cJSON *test;
	cJSON_ArrayForEach(group, member(json, "testGroups"))
	{
		cJSON_ArrayForEach(test, member(group, "tests"))
		{
			judge(file, group, test, counts);
			seen++;
		}
	}
	if (seen == 0 || !cJSON_IsNumber(stated) || seen != (unsigned)stated->valueint) {
		counts->failed++;
		printf("  %s: FAILED, not there or not whole\n", file->name);
	}
	cJSON_Delete(json);
}

static void print_row(const char *name, const struct counts *counts)
{
	printf("%-30s %8u", name, counts->accepted);
	for (unsigned i = 0; i < KINDS; i++) {
		printf(" %10u", counts->good[i]);
	}
	printf(" %7u\n", counts->failed);
}

static void add(struct counts *sum, const struct counts *counts)
{
	for (unsigned i = 0; i < KINDS; i++) {
		sum->good[i] += counts->good[i];
	}
	sum->accepted += counts->accepted;
	sum->failed += counts->failed;
}

static unsigned judge_all(const char *folder, struct counts *sum)
{
	unsigned passed = 0;
	printf("%-30s %8s", "file", "accepted");
	for (unsigned i = 0; i < KINDS; i++) {
		printf(" %10s", headings[i]);
	}
	printf(" %7s\n", "failed");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct counts counts = {0};
		judge_file(folder, &files[i], &counts);
		print_row(files[i].name, &counts);
		add(sum, &counts);
	}
	print_row("all", sum);
	for (unsigned i = 0; i < KINDS; i++) {
		passed += sum->good[i];
	}
	return passed;
}

int main(void)
{
	struct counts sum = {0};
	const char *named = getenv("WYCHEPROOF");
	if (named == NULL && access(USUAL_FOLDER, R_OK) != 0) {
		printf("skipped: every vector of Wycheproof; no shared/hostile/wycheproof beside "
		       "this clone, and WYCHEPROOF names no other folder\n");
		return SKIPPED;
	}
	unsigned passed = judge_all(named != NULL ? named : USUAL_FOLDER, &sum);
	printf("%u passed, %u failed\n", passed, sum.failed);
	return sum.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
