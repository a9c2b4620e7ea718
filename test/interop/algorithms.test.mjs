// Tokens of other implementations, in each of the ten algorithms, open `notes`.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { ALGORITHMS, Issuer } from '../support/issuer.mjs';
import {
	RESOURCE, SCOPE, expectNotes, expectRefusal, goodClaims, protectedNotes,
} from '../support/notes.mjs';
import { bearer, exchange } from '../support/wire.mjs';
import { AuthorizationServer } from './authorization_server.mjs';

const LIMIT = { timeout: 30_000 };

// The same token with one bit of its signature's first byte turned over.
function spoiledToken(token) {
	const parts = token.split('.');
	const signature = Buffer.from(parts[2], 'base64url');
	signature[0] ^= 1;
	return [parts[0], parts[1], signature.toString('base64url')].join('.');
}

function algorithmOf(token) {
	const header = Buffer.from(token.split('.')[0], 'base64url');
	return JSON.parse(header.toString()).alg;
}

async function expectOpenedBy(server, token, subject) {
	const url = `${server.url}/notes`;
	const headers = bearer(token);
	expectNotes(await exchange(url, { headers }), subject);
	const spoiled = bearer(spoiledToken(token));
	expectRefusal(await exchange(url, { headers: spoiled }), 401, 'invalid_token');
}

describe('tokens made by jose', () => {
	let issuer;
	let notes;

	before(async () => {
		issuer = await Issuer.create({ algorithms: ALGORITHMS });
		notes = await protectedNotes(issuer.url);
	}, LIMIT);

	after(async () => {
		await notes?.stop();
		await issuer?.down();
	}, LIMIT);

	for (const alg of ALGORITHMS) {
		test(`accepts_${alg}_made_by_jose`, LIMIT, async () => {
			const token = await issuer.token(goodClaims(), { alg });
			assert.equal(algorithmOf(token), alg);
			await expectOpenedBy(notes, token, 'alice');
		});
	}
});

describe('tokens made by oidc-provider', () => {
	let issuer;
	let notes;

	before(async () => {
		issuer = await AuthorizationServer.create({ scope: SCOPE });
		notes = await protectedNotes(issuer.url);
	}, LIMIT);

	after(async () => {
		await notes?.stop();
		await issuer?.close();
	}, LIMIT);

	for (const algorithm of ALGORITHMS) {
		test(`accepts_${algorithm}_made_by_oidc_provider`, LIMIT, async () => {
			const token = await issuer.machineToken({
				resource: RESOURCE, scope: SCOPE, algorithm,
			});
			assert.equal(algorithmOf(token), algorithm);
			await expectOpenedBy(notes, token, 'machine');
		});
	}
});
