// The `notes` program protected by an issuer of the test's own, and the answers
// it owes its callers.
import assert from 'node:assert/strict';
import { runningServer } from './servers.mjs';
import { challengeParameters, headerLines } from './wire.mjs';

export const RESOURCE = 'https://api.example.com/notes';
export const METADATA_PATH = '/.well-known/oauth-protected-resource/notes';
export const METADATA_URL = `https://api.example.com${METADATA_PATH}`;
export const SCOPE = 'read:notes';

// What RFC 6750 section 3 allows in error_description.
const DESCRIPTION = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;

export function protectedNotes(issuerUrl, args = []) {
	return runningServer('notes', [
		'--resource', RESOURCE, '--issuer', issuerUrl, '--scope', SCOPE, ...args,
	]);
}

// Claims that notes accepts, with changes; undefined leaves a claim out.
export function goodClaims(changes = {}) {
	return { aud: RESOURCE, scope: SCOPE, ...changes };
}

export function expectNotes(answer, subject) {
	assert.equal(answer.status, 200, answer.text);
	const body = JSON.parse(answer.text);
	assert.equal(body.sub, subject);
	assert.deepEqual(body.scopes, [SCOPE]);
	assert.equal(typeof body.client_id, 'string');
}

// No credentials, or another scheme: the challenge says where to go, and no
// error (RFC 6750 section 3.1).
export function expectInvitation(answer) {
	assert.equal(answer.status, 401, answer.text);
	assert.deepEqual(challengeParameters(answer), [
		['resource_metadata', METADATA_URL],
		['scope', SCOPE],
	]);
	const body = refusalBody(answer);
	assert.equal(typeof body.message, 'string');
	assert.ok(!('error' in body));
}

// A refusal with status and RFC 6750 code; its text is free within the RFC's
// characters and the same in header and body.
export function expectRefusal(answer, status, error) {
	assert.equal(answer.status, status, answer.text);
	const parameters = challengeParameters(answer);
	const description = parameters[1]?.[1];
	assert.deepEqual(parameters, [
		['error', error],
		['error_description', description],
		['scope', SCOPE],
		['resource_metadata', METADATA_URL],
	]);
	assert.match(description, DESCRIPTION);
	const body = { error, error_description: description };
	if (error === 'insufficient_scope') {
		body.scope = SCOPE;
	}
	assert.deepEqual(refusalBody(answer), body);
}

export function expectUnavailable(answer) {
	assert.equal(answer.status, 503, answer.text);
	assert.deepEqual(headerLines(answer, 'www-authenticate'), []);
	assert.match(headerLines(answer, 'retry-after').join(), /^[1-9]\d*$/);
	const body = refusalBody(answer);
	assert.equal(body.error, 'temporarily_unavailable');
	assert.equal(typeof body.error_description, 'string');
}

function refusalBody(answer) {
	assert.deepEqual(headerLines(answer, 'cache-control'), ['no-store']);
	assert.match(headerLines(answer, 'content-type').join(),
		/^application\/json(;|$)/);
	return JSON.parse(answer.text);
}
