// The public TypeScript clients reach `whoami` through oidc-provider, and every
// step they take is looked at on the wire.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import {
	StreamableHTTPClientTransport as TransportV1,
} from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
	Client as ClientV2, StreamableHTTPClientTransport as TransportV2,
} from '@modelcontextprotocol/client';
import { runningServer } from '../support/servers.mjs';
import { AuthorizationServer, PERSON } from './authorization_server.mjs';
import { HeadlessLogin, RecordedFetch } from './headless.mjs';

const SCOPE = 'use:whoami';
const LIMIT = { timeout: 30_000 };
const IDENTITY = { name: 'mcpauth-interop', version: '1.0.0' };

let issuer;
let whoami;
let resource;

before(async () => {
	issuer = await AuthorizationServer.create({ scope: SCOPE });
	whoami = await runningServer('whoami', [
		'--issuer', issuer.url, '--scope', SCOPE,
	]);
	resource = `${whoami.url}/mcp`;
}, LIMIT);

after(async () => {
	await whoami?.stop();
	await issuer?.close();
}, LIMIT);

const v1 = {
	newClient: () => new ClientV1(IDENTITY),
	newTransport: (options) => new TransportV1(new URL(resource), options),
	finish: (transport, callback) => transport.finishAuth(callback.get('code')),
};

function v2(mode) {
	return {
		newClient: () => new ClientV2(IDENTITY, { versionNegotiation: { mode } }),
		newTransport: (options) => new TransportV2(new URL(resource), options),
		finish: (transport, callback) => transport.finishAuth(callback),
	};
}

// Connects, is sent to log in, logs in, connects again and calls the tool.
async function toolVisit(setup) {
	const wire = new RecordedFetch();
	const login = new HeadlessLogin();
	const options = { authProvider: login, fetch: wire.fetch };
	const first = setup.newTransport(options);
	const refusal = await rejection(setup.newClient().connect(first));
	await setup.finish(first, login.callback);
	const client = setup.newClient();
	await client.connect(setup.newTransport(options));
	const listed = await client.listTools();
	const result = await client.callTool({ name: 'whoami', arguments: {} });
	await client.close();
	return { wire, login, refusal, listed, result };
}

async function rejection(promise) {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	return null;
}

function expectChallenge({ wire, refusal }) {
	assert.equal(refusal?.constructor.name, 'UnauthorizedError', refusal?.stack);
	const answer = wire.steps[0];
	assert.equal(answer.url, resource);
	assert.equal(answer.requestHeaders.get('authorization'), null);
	assert.equal(answer.status, 401);
	assert.equal(answer.headers.get('www-authenticate'),
		`Bearer resource_metadata="${metadataUrl()}", scope="${SCOPE}"`);
}

function metadataUrl() {
	return `${whoami.url}/.well-known/oauth-protected-resource/mcp`;
}

function expectResourceMetadata({ wire }) {
	const { status, document } = wire.only('GET', metadataUrl());
	assert.equal(status, 200);
	assert.equal(document.resource, resource);
	assert.deepEqual(document.authorization_servers, [issuer.url]);
	assert.deepEqual(document.scopes_supported, [SCOPE]);
	assert.deepEqual(document.bearer_methods_supported, ['header']);
}

function expectServerMetadata({ wire }) {
	const answer = wire.steps.find((step) => step.document?.token_endpoint);
	assert.equal(new URL(answer.url).origin, issuer.url);
	assert.match(answer.url, /\/\.well-known\/(oauth-a|openid-c)/);
	assert.equal(answer.document.issuer, issuer.url);
}

function expectRegistration({ wire, login }) {
	const step = wire.only('POST', `${issuer.url}/reg`);
	assert.equal(step.status, 201);
	assert.equal(step.document.client_id, login.information.client_id);
}

function expectAuthorization({ login }) {
	const asked = login.authorizationUrl.searchParams;
	assert.equal(asked.get('response_type'), 'code');
	assert.equal(asked.get('code_challenge_method'), 'S256');
	assert.equal(asked.get('resource'), resource);
	assert.ok(asked.get('scope').split(' ').includes(SCOPE));
	assert.equal(login.callback.get('state'), asked.get('state'));
	assert.equal(login.callback.get('iss'), issuer.url);
}

function expectToken({ wire, login }) {
	const step = wire.only('POST', `${issuer.url}/token`);
	const asked = new URLSearchParams(step.body);
	assert.equal(step.status, 200);
	assert.equal(asked.get('grant_type'), 'authorization_code');
	assert.equal(asked.get('resource'), resource);
	const digest = createHash('sha256').update(asked.get('code_verifier'));
	assert.equal(digest.digest('base64url'),
		login.authorizationUrl.searchParams.get('code_challenge'));
	assert.equal(step.document.token_type.toLowerCase(), 'bearer');
}

function expectToolResult({ wire, login, listed, result }) {
	assert.ok(listed.tools.some((tool) => tool.name === 'whoami'));
	assert.notEqual(result.isError, true);
	const claims = JSON.parse(result.content[0].text);
	assert.equal(claims.sub, PERSON);
	assert.equal(claims.iss, issuer.url);
	assert.equal(claims.client_id, login.information.client_id);
	assert.deepEqual([claims.aud].flat(), [resource]);
	const last = wire.steps.findLast((step) => step.url === resource
		&& step.body?.includes('tools/call'));
	assert.equal(last.status, 200);
	assert.equal(last.requestHeaders.get('authorization'),
		`Bearer ${login.saved.access_token}`);
}

// The revision named by the tool call itself; undefined without a _meta.
function expectRevision({ wire }, wanted) {
	const call = wire.steps.findLast((step) => step.url === resource
		&& step.body?.includes('tools/call'));
	const meta = JSON.parse(call.body).params._meta;
	const inBody = meta?.['io.modelcontextprotocol/protocolVersion'];
	assert.equal(inBody, wanted.inBody);
	assert.equal(call.requestHeaders.get('mcp-protocol-version'), wanted.header);
}

const LEGACY = { header: '2025-11-25', inBody: undefined };
const MODERN = { header: '2026-07-28', inBody: '2026-07-28' };

const setups = [
	['sdk_v1', v1, LEGACY],
	['client_v2_legacy', v2('legacy'), LEGACY],
	['client_v2_auto', v2('auto'), MODERN],
];

const steps = [
	['meets_the_401_with_its_challenge', expectChallenge],
	['fetches_the_protected_resource_metadata', expectResourceMetadata],
	['fetches_the_authorization_server_metadata', expectServerMetadata],
	['registers_itself', expectRegistration],
	['asks_for_a_code_with_pkce_and_resource', expectAuthorization],
	['swaps_the_code_with_verifier_and_resource', expectToken],
	['sees_its_own_subject_in_the_tool_result', expectToolResult],
];

for (const [name, setup, revision] of setups) {
	test(`${name}_reaches_whoami_through_oidc_provider`, LIMIT, async (t) => {
		const visit = await toolVisit(setup);
		for (const [step, check] of steps) {
			await t.test(step, () => check(visit));
		}
		await t.test(`speaks_${revision.header}`,
			() => expectRevision(visit, revision));
	});
}
