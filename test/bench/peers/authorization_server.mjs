// An authorization server that only signs: it writes tokens and public keys into
// a folder, publishes metadata and keys, and counts who asks for them. Nothing
// but node is needed.
//
//	node authorization_server.mjs FOLDER RESOURCE COUNT
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';

const [folder, resource, count] = process.argv.slice(2);
const signed = promisify(sign);
const YEAR = 365 * 24 * 3600;
const started = Math.floor(Date.now() / 1000);
const counts = { jwks: 0, metadata: 0, other: 0 };

const KINDS = {
	rs: { alg: 'RS256', type: 'rsa', options: { modulusLength: 2048 } },
	es: { alg: 'ES256', type: 'ec', options: { namedCurve: 'P-256' } },
	ed: { alg: 'EdDSA', type: 'ed25519', options: {} },
};

function makeKey({ alg, type, options }) {
	const { privateKey, publicKey } = generateKeyPairSync(type, options);
	const kid = `key-${alg}`;
	const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
	return { alg, kid, privateKey, publicKey, jwk };
}

function encoded(object) {
	return Buffer.from(JSON.stringify(object)).toString('base64url');
}

async function token(key, changes = {}, header = {}) {
	const claims = {
		iss: issuer,
		aud: resource,
		sub: `user-${randomUUID()}`,
		client_id: 'b0c7d1a5-notes-client',
		scope: 'openid profile read:notes write:notes',
		jti: randomUUID(),
		iat: started,
		nbf: started,
		exp: started + YEAR,
		...changes,
	};
	// Brings tokens of all algorithms to about 900 characters, as providers' are.
	const size = () => encoded(claims).length;
	const wanted = key.alg === 'RS256' ? 500 : 750;
	if (size() < wanted) {
		claims.session = 'x'.repeat(Math.floor((wanted - size()) * 3 / 4));
	}
	// Not at+jwt: libjwt before 1.12, and so the hand-written server, refuses that.
	const text = `${encoded({ alg: key.alg, typ: 'JWT', kid: key.kid, ...header })}.`
		+ encoded(claims);
	const hash = key.alg === 'EdDSA' ? null : 'sha256';
	const signature = await signed(hash, Buffer.from(text),
		{ key: key.privateKey, dsaEncoding: 'ieee-p1363' });
	return `${text}.${signature.toString('base64url')}`;
}

// One character in the middle of the signature becomes another one.
function spoiled(text) {
	const at = text.lastIndexOf('.') + 20;
	return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

function write(name, text) {
	fs.writeFileSync(path.join(folder, name), text);
}

async function many(make) {
	const tokens = [];
	for (let i = 0; i < Number(count); i++) {
		tokens.push(make());
	}
	return Promise.all(tokens);
}

async function mint(keys) {
	for (const [kind, key] of Object.entries(keys)) {
		const tokens = await many(() => token(key));
		write(`hot-${kind}`, `${await token(key)}\n`);
		write(`turn-${kind}`, `${tokens.slice(0, 61).join('\n')}\n`);
		write(`cold-${kind}`, `${tokens.join('\n')}\n`);
		write(`${kind}.pem`, key.publicKey.export({ type: 'spki', format: 'pem' }));
		if (kind === 'rs') {
			write('rej-sig-distinct', `${tokens.map(spoiled).join('\n')}\n`);
		}
	}
	const good = await token(keys.rs);
	const past = { iat: started - 7200, nbf: started - 7200, exp: started - 3600 };
	write('rej-malformed', `${good.replace('.', '..')}\n`);
	write('rej-sig', `${spoiled(good)}\n`);
	write('rej-expired', `${await token(keys.rs, past)}\n`);
	write('rej-kid', `${await token(keys.rs, {}, { kid: 'unknown' })}\n`);
}

function metadata() {
	return {
		issuer,
		authorization_endpoint: `${issuer}/authorize`,
		token_endpoint: `${issuer}/token`,
		registration_endpoint: `${issuer}/register`,
		jwks_uri: `${issuer}/jwks`,
		response_types_supported: ['code'],
		response_modes_supported: ['query'],
		grant_types_supported: ['authorization_code', 'refresh_token'],
		token_endpoint_auth_methods_supported: ['none'],
		code_challenge_methods_supported: ['S256'],
		subject_types_supported: ['public'],
		id_token_signing_alg_values_supported: ['RS256'],
		scopes_supported: ['read:notes', 'write:notes'],
	};
}

function answer(url) {
	if (url === '/jwks') {
		counts.jwks++;
		return { keys: Object.values(keys).map((key) => key.jwk) };
	}
	if (url === '/.well-known/oauth-authorization-server'
		|| url === '/.well-known/openid-configuration') {
		counts.metadata++;
		return metadata();
	}
	if (url === '/counts') {
		return counts;
	}
	counts.other++;
	return null;
}

const server = http.createServer((request, response) => {
	const body = answer(request.url);
	response.writeHead(body === null ? 404 : 200, { 'content-type': 'application/json' });
	response.end(JSON.stringify(body));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;
const keys = Object.fromEntries(
	Object.entries(KINDS).map(([kind, what]) => [kind, makeKey(what)]));
await mint(keys);
console.log(`listening on ${issuer}`);
process.once('SIGTERM', () => process.exit(0));
