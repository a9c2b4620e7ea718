/* What to change when a token is refused: at the provider, in the client, or here. */
#include "diagnosis/text.h"

#include "base/ascii.h"
#include "base/json.h"
#include "diagnosis/near.h"

#include <string.h>

typedef const char *(*advice_fn)(const struct mcpauth__diagnosis *diagnosis);

static const struct mcpauth__rule_state *state_of(
	const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule)
{
	return &diagnosis->states[rule];
}

static bool has_any(const struct mcpauth__presented *presented, const char *characters)
{
	return presented->token[strcspn(presented->token, characters)] != '\0';
}

static const char *advice_form(const struct mcpauth__diagnosis *diagnosis)
{
	const struct mcpauth__presented *presented = &diagnosis->presented;
	if (state_of(diagnosis, MCPAUTH_RULE_FORM)->why.code == MCPAUTH_E_ENCRYPTED_TOKEN) {
		return "at the provider: have access tokens for this API signed and not encrypted; "
		       "Auth0 encrypts those that are for no API: let the client name the resource "
		       "(RFC 8707), or set the tenant's default audience";
	}
	if (presented->length == 0) {
		return "in the client: it sends no token behind \"Bearer \"; look at what the "
		       "token endpoint answered as access_token";
	}
	if (presented->length >= 7 && mcpauth__ascii_begins_alike(presented->token, "Bearer ", 7)) {
		return "in the client: \"Bearer \" is written once, before the token, and is no "
		       "part of it";
	}
	if (has_any(presented, " \n\r\t")) {
		return "in the client: cut blanks and line ends off the token";
	}
	if (has_any(presented, "\"")) {
		return "in the client: take the quotes off the token";
	}
	if (has_any(presented, ".")) {
		return "in the client: send access_token whole and unchanged; it was cut, changed, "
		       "or is no JWT";
	}
	return "the token is opaque: have it asked about, with \"introspection\" of its issuer "
	       "(mcpauth_set_introspection()), or let the provider issue JWTs as access tokens "
	       "(Asgardeo, Ory: access token type JWT; Auth0, Logto: name the resource)";
}

static const char *advice_issuer(const struct mcpauth__diagnosis *diagnosis)
{
	static const char *const near[] = {
		[MCPAUTH__NEAR_NOT] =
			"in the client: get the token from one of this resource's issuers, which "
			"its metadata lists; or here: add this one to \"issuers\" "
			"(mcpauth_add_issuer()) if you trust it",
		[MCPAUTH__NEAR_SLASH] =
			"here: write \"issuer\" exactly as iss is, with or without the slash; it "
			"is compared byte for byte",
		[MCPAUTH__NEAR_CASE] =
			"here: write \"issuer\" exactly as iss is; capital letters count",
		[MCPAUTH__NEAR_SCHEME] =
			"at the provider: set its public URL to https, it writes iss by what it "
			"thinks that is (behind a proxy: forwarded headers, Keycloak: hostname)",
		[MCPAUTH__NEAR_PATH] =
			"here: \"issuer\" is the whole URL with its path, the realm, tenant or "
			"version in it; another value of the same issuer goes into "
			"\"accepted_issuer_values\" (mcpauth_accept_issuer_value())",
	};
	const char *wanted;
	const char *named = mcpauth__json_string(diagnosis->claimed.payload, "iss");
	if (named == NULL) {
		return "at the provider: access tokens have to name their issuer in iss, as a "
		       "string (RFC 9068 section 2.2)";
	}
	if (diagnosis->presented.trust->count == 0) {
		return "here: give the resource an issuer (\"issuers\", mcpauth_add_issuer())";
	}
	if (strncmp(named, "https://sts.windows.net/", 24) == 0) {
		return "Entra ID: a version 1.0 token; set requestedAccessTokenVersion to 2 in the "
		       "application's manifest, or put this value into \"accepted_issuer_values\"";
	}
	return near[mcpauth__nearest_issuer(diagnosis, &wanted)];
}

static const char *advice_algorithm(const struct mcpauth__diagnosis *diagnosis)
{
	const char *name = mcpauth__json_string(diagnosis->jws.header, "alg");
	if (name != NULL && strncmp(name, "HS", 2) == 0) {
		return "at the provider: sign with a key pair, RS256 or ES256, and not with a "
		       "shared secret (Auth0: the API's signing algorithm)";
	}
	if (name != NULL && mcpauth__ascii_are_alike(name, "none")) {
		return "at the provider: sign access tokens; anybody can write one with alg none";
	}
	if (mcpauth__algorithm_of(name != NULL ? name : "") != MCPAUTH__ALGORITHM_UNKNOWN) {
		return "here: add this algorithm to the issuer's \"algorithms\"; or at the "
		       "provider: sign with one that is listed";
	}
	return "at the provider: sign with RS256, ES256, PS256 or EdDSA";
}

static const char *advice_critical(const struct mcpauth__diagnosis *diagnosis)
{
	(void)diagnosis;
	return "at the provider: issue access tokens without the header's crit and b64; nothing "
	       "here understands what these demand";
}

/* An open one has a server that did not answer. */
static const char *advice_unreachable(enum mcpauth_code code)
{
	switch (code) {
	case MCPAUTH_E_TLS:
		return "here: the server's certificate is not trusted, or is for another name; "
		       "give its authority as \"ca_file\", or mend the certificate";
	case MCPAUTH_E_ADDRESS_REFUSED:
		return "here: its URL or address may not be asked; plain http wants "
		       "\"insecure_allow_http\", and only in trials";
	case MCPAUTH_E_HTTP_STATUS:
		return "look at the URL that is asked, as check-provider ISSUER does: it answers, "
		       "but with an error";
	case MCPAUTH_E_TIMEOUT:
	case MCPAUTH_E_UNREACHABLE:
	case MCPAUTH_E_BACKING_OFF:
		return "let this machine reach the issuer: try its URL with curl from here, look "
		       "at DNS, firewall and \"proxy\"; then try again";
	case MCPAUTH_E_OVERLOADED:
	case MCPAUTH_E_CANCELLED:
		return "try again; if it stays so, raise \"waiting_limit\"";
	case MCPAUTH_E_INTROSPECTION:
		return "at the provider: let the client that asks here use the introspection "
		       "endpoint; here: look at its client_id and secret in \"introspection\"";
	case MCPAUTH_E_NO_JWKS_URI:
	case MCPAUTH_E_INVALID_METADATA:
	case MCPAUTH_E_ISSUER_MISMATCH:
		return "run check-provider with the ISSUER to see what its metadata lacks; "
		       "with \"jwks_uri\" here it is not asked for keys";
	case MCPAUTH_E_INVALID_KEYS:
	case MCPAUTH_E_INVALID_JSON:
		return "at the provider: what is at jwks_uri is no JWK set; run check-provider "
		       "with the ISSUER";
	default:
		return "run check-provider with the ISSUER: the provider cannot be used as it is";
	}
}

static const char *advice_key(const struct mcpauth__diagnosis *diagnosis)
{
	if (diagnosis->jws.kid == NULL) {
		return "at the provider: put a kid into the header of access tokens; without one "
		       "there may be one key alone that fits";
	}
	return "get a new token: the key may have been replaced. If it stays so, the token is from "
	       "another realm, tenant or environment than this issuer, or the provider signs with "
	       "a key it does not publish (Entra ID: a token for Microsoft Graph and not for your "
	       "API); with \"jwks\" given by hand, put the new key there";
}

static const char *advice_signature(const struct mcpauth__diagnosis *diagnosis)
{
	(void)diagnosis;
	return "send the token exactly as the provider issued it: it was changed, or somebody else "
	       "made it. If it is new, two of the provider's keys share a kid, or a token for "
	       "Microsoft Graph was asked for (nobody else can verify those)";
}

static const char *advice_type(const struct mcpauth__diagnosis *diagnosis)
{
	const cJSON *claims = diagnosis->claimed.payload;
	const char *type = diagnosis->claimed.type;
	const char *use = mcpauth__json_string(claims, "typ");
	if (mcpauth__json_has(claims, "events")) {
		return "in the client: this is a logout token or a security event, not for "
		       "calling; send access_token";
	}
	if (!diagnosis->by_keys && diagnosis->claimed.payload == NULL) {
		return "in the client: send access_token, not refresh_token, and none that DPoP "
		       "binds to a key";
	}
	if (use != NULL && strcmp(use, "Refresh") == 0) {
		return "in the client: this is the refresh_token; send access_token";
	}
	if (diagnosis->held.policy != NULL && diagnosis->held.policy->strict_type
		&& (type == NULL || mcpauth__ascii_are_alike(type, "JWT"))) {
		return "here: leave out \"strict_type\"; or at the provider: access tokens by RFC "
		       "9068, with the header's typ at+jwt";
	}
	if (type != NULL && mcpauth__ascii_are_alike(type, "dpop+jwt")) {
		return "in the client: this is a DPoP proof; send access_token, as a bearer token";
	}
	return "in the client: send access_token and not id_token";
}

static const char *advice_expiry(const struct mcpauth__diagnosis *diagnosis)
{
	int64_t expires_at;
	int64_t ago;
	const cJSON *claims = diagnosis->claimed.payload;
	if (!mcpauth__json_seconds(claims, "exp", &expires_at)) {
		return "at the provider: give access tokens an end, exp in seconds since 1970 as a "
		       "number (RFC 9068 section 2.2)";
	}
	if (state_of(diagnosis, MCPAUTH_RULE_EXPIRY)->why.code == MCPAUTH_E_INVALID_CLAIM) {
		return "at the provider: write iat into access tokens; or here: leave out "
		       "\"max_age\"";
	}
	ago = diagnosis->held.now - expires_at;
	if (ago < diagnosis->held.tolerance) {
		return "in the client: get a new token more often; or here: raise the issuer's "
		       "\"max_age\"";
	}
	return ago < 300 ? "in the client: use the refresh token some seconds before exp. If the "
			   "token is new, set the clocks of this machine and the provider (NTP)"
			 : "in the client: get a new token, by the refresh token or a new login";
}

static const char *advice_not_before(const struct mcpauth__diagnosis *diagnosis)
{
	if (state_of(diagnosis, MCPAUTH_RULE_NOT_BEFORE)->why.code == MCPAUTH_E_INVALID_CLAIM) {
		return "at the provider: nbf and iat are numbers, seconds since 1970 (RFC 7519 "
		       "section 2)";
	}
	return "set the clocks of this machine and the provider (NTP); \"clock_tolerance\" is for "
	       "seconds, not for a wrong clock or time zone";
}

/* What an audience is called where, by what stands in `iss`. */
static const struct {
	const char *mark;
	const char *advice;
} providers[] = {
	{".auth0.com/",
		"Auth0: create an API whose identifier is this resource's URL, and switch on the "
		"Resource Parameter Compatibility Profile; or let the client send it as audience"},
	{"login.microsoftonline.com/",
		"Entra ID: the client asks for a scope of the API, as in api://CLIENT-ID/NAME; aud "
		"is then the API's client id (2.0) or Application ID URI (1.0): list these in "
		"\"audiences\" (mcpauth_add_audience())"},
	{"sts.windows.net/",
		"Entra ID: aud is the Application ID URI that the client asked for; list it in "
		"\"audiences\" (mcpauth_add_audience())"},
	{"/realms/",
		"Keycloak: add an Audience mapper to the client scope that clients ask for, with "
		"this resource's URL as Included Custom Audience"},
	{".okta.com",
		"Okta: set the audience of the custom authorization server to this resource's URL, "
		"or list what it has, as api://default, in \"audiences\"; the org's own server "
		"issues tokens for Okta alone"},
	{"cognito-idp.",
		"Cognito: set \"recipient_claim\" to client_id and list the app clients in "
		"\"recipients\" (mcpauth_add_recipient()); or a resource server whose identifier "
		"is this resource's URL"},
	{"accounts.google.com",
		"Google: its tokens are for Google's own APIs; put another provider in between, "
		"with Google as the place where people log in"},
	{".logto.app/",
		"Logto: create an API resource with this resource's URL as its indicator, and let "
		"the client send it as resource (RFC 8707)"},
	{"api.descope.com/",
		"Descope: create the MCP server with this resource's URL; do not accept the "
		"project's id, which all tokens of the project have"},
	{"/oauth2/token",
		"Asgardeo, WSO2: register the MCP server with this resource's URL as identifier, "
		"and let the client ask for one of its scopes"},
	{".oryapis.com",
		"Ory: let the consent application grant this resource's URL as audience; or the "
		"client sends the parameter audience, and has it in its registration"},
};

static const char *advice_audience_by_provider(const char *issuer)
{
	for (size_t i = 0; issuer != NULL && i < sizeof providers / sizeof providers[0]; i++) {
		if (strstr(issuer, providers[i].mark) != NULL) {
			return providers[i].advice;
		}
	}
	return NULL;
}

static const char *advice_audience(const struct mcpauth__diagnosis *diagnosis)
{
	static const char *const near[] = {
		[MCPAUTH__NEAR_NOT] = NULL,
		[MCPAUTH__NEAR_SLASH] =
			"here: \"audiences\" are compared byte for byte; write the value as aud "
			"is, with or without the slash",
		[MCPAUTH__NEAR_CASE] =
			"at the provider or here: write both alike; capital letters count",
		[MCPAUTH__NEAR_SCHEME] =
			"here: make \"resource\" the URL that clients use, with https; it is what "
			"they put into the authorization request",
		[MCPAUTH__NEAR_PATH] =
			"in the client: name the whole URL of the server, with its path, as "
			"resource (RFC 8707); or here: list what aud is in \"audiences\" "
			"(mcpauth_add_audience()) if all that is below it may use this token",
	};
	const char *wanted;
	const cJSON *claims = diagnosis->claimed.payload;
	enum mcpauth__nearness nearness = mcpauth__nearest_audience(diagnosis, &wanted);
	const char *advice = near[nearness];
	if (advice == NULL) {
		advice = advice_audience_by_provider(mcpauth__json_string(claims, "iss"));
	}
	if (advice != NULL) {
		return advice;
	}
	return mcpauth__json_has(claims, "aud")
		? "in the client: name this resource in the authorization request and in the token "
		  "request, as resource (RFC 8707); at the provider: let it write that into aud; "
		  "or here, if the value stands for this server alone: \"audiences\" "
		  "(mcpauth_add_audience())"
		: "at the provider: write this resource's URL into aud of access tokens, as "
		  "resource (RFC 8707) of the request names it; if it names the server elsewhere: "
		  "\"recipient_claim\" and \"recipients\" (mcpauth_add_recipient())";
}

static const char *advice_claims(const struct mcpauth__diagnosis *diagnosis)
{
	const struct mcpauth__words *required = &diagnosis->held.policy->required;
	for (size_t i = 0; i < required->count; i++) {
		if (!mcpauth__json_has(diagnosis->claimed.payload, required->items[i])) {
			return "at the provider: add the claim to access tokens (a mapper, a "
			       "scope that the "
			       "client asks for); or here: take it out of \"required_claims\"";
		}
	}
	return "at the provider: claims that name somebody are strings without U+0000; or here: "
	       "name others in \"subject_claims\" or \"client_claims\"";
}

static const char *advice_binding(const struct mcpauth__diagnosis *diagnosis)
{
	const cJSON *cnf = mcpauth__json_member(diagnosis->claimed.payload, "cnf");
	if (mcpauth__json_has(cnf, "x5t#S256")) {
		return "at the provider: switch certificate-bound tokens (RFC 8705) off for this "
		       "client; no client certificate is looked at here";
	}
	return "at the provider, or in the client: ask for a bearer token, without DPoP (RFC "
	       "9449); no proof is looked at here";
}

static const char *advice_active(const struct mcpauth__diagnosis *diagnosis)
{
	if (diagnosis->seen.attempt.judge == MCPAUTH__JUDGE_PROGRAM) {
		return "look at the program's own verifier (mcpauth_set_verifier()): it said so";
	}
	return "in the client: get a new token, for this one has ended, was revoked, or is another "
	       "server's. If it is new: at the provider, let the client that asks here see tokens "
	       "of others";
}

static const char *advice_program(const struct mcpauth__diagnosis *diagnosis)
{
	return diagnosis->code == MCPAUTH_E_REVOKED
		? "in the client: log in anew; or look at the program's `revoked`"
		: "look at the program's check of claims (check_claims, "
		  "mcpauth_set_claims_check())";
}

static const char *advice_scopes(const struct mcpauth__diagnosis *diagnosis)
{
	if (mcpauth__json_first(diagnosis->claimed.payload, &diagnosis->held.policy->scopes)
		== NULL) {
		return "in the client: ask for the scopes (scope in the authorization request); at "
		       "the provider: put them into access tokens, or name the claim that has them "
		       "in \"scope_claims\" here (Auth0 with roles: permissions)";
	}
	return "in the client: ask for the missing scopes, as the 403's challenge names them; at "
	       "the provider: define them for this API and let the client and the person have "
	       "them; or here: let a scope include them (mcpauth_imply_scopes())";
}

const char *mcpauth__diagnosis_advice(
	const struct mcpauth__diagnosis *diagnosis, enum mcpauth_rule rule)
{
	static const advice_fn advices[MCPAUTH__RULE_COUNT] = {
		[MCPAUTH_RULE_FORM] = advice_form,
		[MCPAUTH_RULE_ISSUER] = advice_issuer,
		[MCPAUTH_RULE_ALGORITHM] = advice_algorithm,
		[MCPAUTH_RULE_CRITICAL_HEADER] = advice_critical,
		[MCPAUTH_RULE_KEY] = advice_key,
		[MCPAUTH_RULE_SIGNATURE] = advice_signature,
		[MCPAUTH_RULE_TYPE] = advice_type,
		[MCPAUTH_RULE_EXPIRY] = advice_expiry,
		[MCPAUTH_RULE_NOT_BEFORE] = advice_not_before,
		[MCPAUTH_RULE_AUDIENCE] = advice_audience,
		[MCPAUTH_RULE_CLAIMS] = advice_claims,
		[MCPAUTH_RULE_BINDING] = advice_binding,
		[MCPAUTH_RULE_ACTIVE] = advice_active,
		[MCPAUTH_RULE_PROGRAM] = advice_program,
		[MCPAUTH_RULE_SCOPES] = advice_scopes,
	};
	const struct mcpauth__rule_state *state = state_of(diagnosis, rule);
	if (state->verdict == MCPAUTH_VERDICT_FAILED) {
		return advices[rule](diagnosis);
	}
	return state->verdict == MCPAUTH_VERDICT_OPEN && state->because == rule
		? advice_unreachable(state->why.code)
		: NULL;
}
