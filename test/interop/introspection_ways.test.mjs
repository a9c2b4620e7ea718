// Each way to prove to an introspection endpoint who asks, and signed answers, between
// the library and the two authorization servers of opaque tokens.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import {
	ALGORITHMS, BY_BEARER, BY_POST, BY_SECRET, DemoAuthority, Files, ProviderAuthority,
} from '../support/introspected.mjs';
import { RESOURCE, SCOPE } from '../support/notes.mjs';
import { built, verdicts } from '../support/token_verdict.mjs';

const LIMIT = { timeout: 30_000 };
const BUILD_LIMIT = { timeout: 100_000 };
const GOOD = { scope: SCOPE, resource: RESOURCE };

let files;
before(async () => {
	await built();
	files = await Files.create();
}, BUILD_LIMIT);
after(() => files?.remove());

const peers = [
	['demo_server', DemoAuthority],
	['oidc_provider', ProviderAuthority],
];

for (const [name, Authority] of peers) {
	describe(`${name}_answers`, () => {
		let authority;
		let token;
		before(async () => {
			authority = await Authority.create(files,
				{ scope: SCOPE, algorithms: ALGORITHMS });
			token = (await authority.login(GOOD)).access_token;
		}, LIMIT);
		after(() => authority?.stop(), LIMIT);

		const ask = (settings) => verdicts({
			resource: RESOURCE,
			issuer: authority.url,
			endpoint: authority.metadata.introspection_endpoint,
			...settings,
		}, [token, 'unknown']);

		async function expectOwner(settings) {
			const [known, unknown] = await ask(settings);
			assert.deepEqual(known, ['MCPAUTH_OK', authority.person]);
			assert.equal(unknown[0], 'MCPAUTH_E_INACTIVE');
		}

		async function expectNoAnswer(settings) {
			const codes = (await ask(settings)).map(([code]) => code);
			assert.deepEqual(codes, ['MCPAUTH_E_INTROSPECTION', 'MCPAUTH_E_INTROSPECTION']);
		}

		const basic = () => ({ client_id: BY_SECRET, client_secret_file: authority.secretFile });
		const post = () => ({ authentication: 'client_secret_post', client_id: BY_POST,
			client_secret: authority.postSecret });
		const key = (alg) => ({ authentication: 'private_key_jwt', client_id: `by-${alg}`,
			private_key_file: authority.keys[alg].file, key_id: authority.keys[alg].kid,
			key_algorithm: alg });

		test('client_secret_basic', LIMIT, () => expectOwner(basic()));
		test('client_secret_post', LIMIT, () => expectOwner(post()));
		for (const alg of ALGORITHMS) {
			test(`private_key_jwt_${alg}`, LIMIT, () => expectOwner(key(alg)));
		}

		test('whom_the_metadata_led_there', LIMIT, async () => {
			const settings = { resource: RESOURCE, issuer: authority.url, ...basic() };
			const [[code, owner]] = await verdicts(settings, [token]);
			assert.deepEqual([code, owner], ['MCPAUTH_OK', authority.person]);
		});

		test('with_a_signature_if_it_must', LIMIT, async () => {
			await expectOwner({ ...basic(), require_signed_answers: '' });
			await expectOwner({ ...key('ES256'), require_signed_answers: '' });
		});

		test('nobody_with_a_wrong_proof', LIMIT, async () => {
			await expectNoAnswer({ ...post(), client_secret: 'wrong' });
			await expectNoAnswer({ ...key('ES256'),
				private_key_file: authority.keys.RS256.file, key_algorithm: 'RS256' });
			await expectNoAnswer({ ...key('ES256'),
				assertion_audience: 'https://other.example.com' });
		});
	});
}

describe('demo_server_alone_answers', () => {
	let authority;
	before(async () => {
		authority = await DemoAuthority.create(files);
	}, LIMIT);
	after(() => authority?.stop(), LIMIT);

	const settings = (more) => ({ resource: RESOURCE, issuer: authority.url,
		endpoint: authority.metadata.introspection_endpoint, ...more });
	const token = async () => (await authority.login(GOOD)).access_token;

	test('a_bearer_token_of_its_own', LIMIT, async () => {
		const file = authority.bearerFile;
		const [[code, owner]] = await verdicts(settings({ authentication: 'bearer',
			client_id: BY_BEARER, bearer_token_file: file }), [await token()]);
		assert.deepEqual([code, owner], ['MCPAUTH_OK', authority.person]);
	});

	test('no_other_bearer_token', LIMIT, async () => {
		const file = await files.write('wrong', 'wrong');
		const [[code]] = await verdicts(settings({ authentication: 'bearer',
			client_id: BY_BEARER, bearer_token_file: file }), [await token()]);
		assert.equal(code, 'MCPAUTH_E_INTROSPECTION');
	});

	test('an_assertion_for_the_endpoint', LIMIT, async () => {
		const { id, file, kid } = authority.keys.ES256;
		const [[code, owner]] = await verdicts(settings({ authentication: 'private_key_jwt',
			client_id: id, private_key_file: file, key_id: kid,
			assertion_audience: authority.metadata.introspection_endpoint }), [await token()]);
		assert.deepEqual([code, owner], ['MCPAUTH_OK', authority.person]);
	});
});
