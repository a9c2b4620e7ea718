// What `notes` refuses, with exactly which answer, and for each the twin that
// differs in one thing and passes.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import * as jose from 'jose';
import { Issuer, keyPair, now, signedToken } from '../support/issuer.mjs';
import {
	RESOURCE, expectInvitation, expectNotes, expectRefusal, goodClaims,
	protectedNotes,
} from '../support/notes.mjs';
import { runningServer } from '../support/servers.mjs';
import { bearer, exchange } from '../support/wire.mjs';

const LIMIT = { timeout: 15_000 };
const BEYOND_TOLERANCE_S = 90;
const WITHIN_TOLERANCE_S = 20;

let issuer;
let notes;

before(async () => {
	issuer = await Issuer.create({ algorithms: ['RS256', 'ES256'] });
	notes = await protectedNotes(issuer.url);
}, LIMIT);

after(async () => {
	await notes?.stop();
	await issuer?.down();
}, LIMIT);

function answerTo(headers, query = '') {
	return exchange(`${notes.url}/notes${query}`, { headers });
}

async function expectAccepted(token) {
	expectNotes(await answerTo(bearer(token)), 'alice');
}

async function expectRefused(token) {
	expectRefusal(await answerTo(bearer(token)), 401, 'invalid_token');
}

function tokenWith(changes, header) {
	return issuer.token(goodClaims(changes), { header });
}

function goodToken() {
	return tokenWith({});
}

function encoded(object) {
	return Buffer.from(JSON.stringify(object)).toString('base64url');
}

// The good claims under a header of the test's choice, signed by `key`.
async function tokenSignedBy(key, header = {}) {
	const claims = jose.decodeJwt(await goodToken());
	return signedToken(key, claims, header);
}

test('refuses_alg_none_and_takes_the_same_claims_signed', LIMIT, async (t) => {
	const good = await goodToken();
	const payload = good.split('.')[1];
	for (const alg of ['none', 'None', 'NONE']) {
		const head = encoded({ alg, typ: 'at+jwt', kid: 'key-RS256' });
		const rows = { without: '', with: good.split('.')[2] };
		for (const [how, signature] of Object.entries(rows)) {
			await t.test(`${alg}_${how}_a_signature`,
				() => expectRefused(`${head}.${payload}.${signature}`));
		}
	}
	await t.test('twin: signed', () => expectAccepted(good));
});

test('refuses_hs256_keyed_with_the_rsa_pem', LIMIT, async (t) => {
	const { publicKey, privateKey } = issuer.keys.get('RS256');
	const pem = await jose.exportSPKI(publicKey);
	const secrets = { pem, pem_and_newline: `${pem}\n`, pem_trimmed: pem.trim() };
	for (const [how, secret] of Object.entries(secrets)) {
		await t.test(how, async () => {
			const key = { alg: 'HS256', kid: 'key-RS256' };
			key.privateKey = new TextEncoder().encode(secret);
			await expectRefused(await tokenSignedBy(key));
		});
	}
	await t.test('twin: RS256 with the private key', async () => {
		const key = { alg: 'RS256', kid: 'key-RS256', privateKey };
		await expectAccepted(await tokenSignedBy(key));
	});
});

test('refuses_an_unknown_kid', LIMIT, async (t) => {
	const stranger = await keyPair('RS256', 'key-of-a-stranger');
	const ours = issuer.keys.get('RS256');
	await t.test('of a key nobody published',
		async () => expectRefused(await tokenSignedBy(stranger)));
	await t.test('over a signature by the published key',
		async () => expectRefused(await tokenSignedBy(ours, { kid: 'other' })));
	await t.test('twin: the published kid',
		async () => expectAccepted(await tokenSignedBy(ours)));
});

test('refuses_a_strangers_signature_under_a_known_kid', LIMIT, async (t) => {
	const stranger = await keyPair('RS256', 'key-RS256');
	await t.test('refused',
		async () => expectRefused(await tokenSignedBy(stranger)));
	await t.test('twin: signed by the key of that kid', async () => {
		await expectAccepted(await tokenSignedBy(issuer.keys.get('RS256')));
	});
});

// Each row: refused claims, then the claims of the passing twin.
const CLAIM_ROWS = [
	['a_wrong_iss', () => ({ iss: `${issuer.url}x` }),
		() => ({ iss: issuer.url })],
	['an_iss_with_a_slash_added', () => ({ iss: `${issuer.url}/` }),
		() => ({ iss: issuer.url })],
	['no_iss', () => ({ iss: undefined }), () => ({ iss: issuer.url })],
	['a_wrong_aud', () => ({ aud: 'https://api.example.com/other' }),
		() => ({ aud: ['https://api.example.com/other', RESOURCE] })],
	['no_aud', () => ({ aud: undefined }), () => ({ aud: RESOURCE })],
	['an_expired_token', () => ({ exp: now() - BEYOND_TOLERANCE_S }),
		() => ({ exp: now() - WITHIN_TOLERANCE_S })],
	['an_nbf_ahead', () => ({ nbf: now() + BEYOND_TOLERANCE_S }),
		() => ({ nbf: now() + WITHIN_TOLERANCE_S })],
	['no_exp', () => ({ exp: undefined }), () => ({ exp: now() + 60 })],
	['a_cnf_token', () => ({ cnf: { jkt: encoded('thumbprint') } }),
		() => ({ jkt: encoded('thumbprint') })],
];

for (const [what, refused, accepted] of CLAIM_ROWS) {
	test(`refuses_${what}`, LIMIT, async (t) => {
		await t.test('refused',
			async () => expectRefused(await tokenWith(refused())));
		await t.test('twin: one claim changed',
			async () => expectAccepted(await tokenWith(accepted())));
	});
}

test('refuses_an_id_token', LIMIT, async (t) => {
	const jwt = { typ: 'JWT' };
	const marks = {
		at_hash: 'at', c_hash: 'code', token_use: 'id', typ: 'ID', events: {},
	};
	for (const [name, value] of Object.entries(marks)) {
		await t.test(`told_by_${name}`, async () => {
			const claims = { nonce: 'n-1', [name]: value };
			await expectRefused(await tokenWith(claims, jwt));
		});
	}
	await t.test('twin: typ JWT with a nonce alone',
		async () => expectAccepted(await tokenWith({ nonce: 'n-1' }, jwt)));
});

test('refuses_a_missing_scope_with_403', LIMIT, async (t) => {
	await t.test('refused', async () => {
		const headers = bearer(await tokenWith({ scope: undefined }));
		expectRefusal(await answerTo(headers), 403, 'insufficient_scope');
	});
	await t.test('twin: the scope granted', async () => {
		await expectAccepted(await goodToken());
	});
});

test('refuses_a_malformed_header_with_400', LIMIT, async (t) => {
	const good = await goodToken();
	const lines = {
		scheme_alone: 'Bearer',
		two_words: `Bearer ${good} ${good}`,
		a_quote_in_the_token: `Bearer "${good}"`,
		a_parameter: `Bearer token="${good}"`,
		two_tokens_in_one_line: `Bearer ${good}, Bearer ${good}`,
	};
	for (const [what, value] of Object.entries(lines)) {
		await t.test(what, async () => {
			const answer = await answerTo([['Authorization', value]]);
			expectRefusal(answer, 400, 'invalid_request');
		});
	}
	const fine = {
		as_it_is_written: `Bearer ${good}`,
		in_lower_case: `bearer ${good}`,
		with_trailing_blanks: `Bearer ${good}  `,
	};
	for (const [what, value] of Object.entries(fine)) {
		await t.test(`twin: ${what}`, async () => {
			expectNotes(await answerTo([['Authorization', value]]), 'alice');
		});
	}
});

test('refuses_two_authorization_headers_with_400', LIMIT, async (t) => {
	const good = bearer(await goodToken());
	const seconds = {
		the_same: good,
		another_token: bearer('x.y.z'),
		another_scheme: [['Authorization', 'Basic dTpw']],
	};
	for (const [what, second] of Object.entries(seconds)) {
		await t.test(`${what}_second`, async () => {
			const answer = await answerTo([...good, ...second]);
			expectRefusal(answer, 400, 'invalid_request');
		});
		await t.test(`${what}_first`, async () => {
			const answer = await answerTo([...second, ...good]);
			expectRefusal(answer, 400, 'invalid_request');
		});
	}
	await t.test('twin: one header',
		async () => expectNotes(await answerTo(good), 'alice'));
});

test('refuses_a_token_in_header_and_query_with_400', LIMIT, async (t) => {
	const good = await goodToken();
	await t.test('refused', async () => {
		const answer = await answerTo(bearer(good), `?access_token=${good}`);
		expectRefusal(answer, 400, 'invalid_request');
	});
	await t.test('twin: another query', async () => {
		expectNotes(await answerTo(bearer(good), '?page=1'), 'alice');
	});
});

test('invites_who_comes_without_credentials', LIMIT, async (t) => {
	const good = await goodToken();
	const rows = {
		no_header: [],
		basic: [['Authorization', 'Basic dTpw']],
		dpop: [['Authorization', `DPoP ${good}`]],
		a_scheme_that_begins_like_bearer: [['Authorization', `Bearerx ${good}`]],
	};
	for (const [what, headers] of Object.entries(rows)) {
		await t.test(what, async () => expectInvitation(await answerTo(headers)));
	}
	await t.test('a_token_in_the_query', async () => {
		expectInvitation(await answerTo([], `?access_token=${good}`));
	});
	await t.test('twin: the token in the header',
		async () => expectAccepted(good));
});

// A tool call that needs no session.
function callWhoami(resource, token) {
	return exchange(resource, {
		method: 'POST',
		headers: [
			...bearer(token),
			['Content-Type', 'application/json'],
			['Accept', 'application/json, text/event-stream'],
			['MCP-Protocol-Version', '2026-07-28'],
			['Mcp-Method', 'tools/call'],
			['Mcp-Name', 'whoami'],
		],
		body: JSON.stringify({
			jsonrpc: '2.0', id: 1, method: 'tools/call',
			params: {
				name: 'whoami',
				_meta: {
					'io.modelcontextprotocol/protocolVersion': '2026-07-28',
					'io.modelcontextprotocol/clientCapabilities': {},
				},
			},
		}),
	});
}

// MCP forbids to pass a caller's token on, and wants to know whom it is for.
test('whoami_asks_nobody_about_its_callers', LIMIT, async (t) => {
	const own = await Issuer.create();
	t.after(() => own.down());
	const whoami = await runningServer('whoami', ['--issuer', own.url]);
	t.after(() => whoami.stop());
	const resource = `${whoami.url}/mcp`;
	const answer = await callWhoami(resource, await own.token({ aud: resource }));
	assert.equal(answer.status, 200, answer.text);
	const { content } = JSON.parse(answer.text).result;
	assert.equal(JSON.parse(content[0].text).sub, 'alice');
	const foreign = await own.token({ aud: `${resource}/other` });
	assert.equal((await callWhoami(resource, foreign)).status, 401);
	assert.deepEqual(own.counts, { jwks: 1, discovery: 1, other: 0 });
});
