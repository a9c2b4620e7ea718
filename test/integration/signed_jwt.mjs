// JWTs signed with node's own crypto, also ones that nobody should accept.
import { constants, createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto';

const rsa = { type: 'rsa', options: { modulusLength: 2048 } };
const curve = (namedCurve) => ({ type: 'ec', options: { namedCurve } });
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING,
	saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const flat = { dsaEncoding: 'ieee-p1363' };

const RECIPES = {
	RS256: { ...rsa, hash: 'sha256' },
	RS384: { ...rsa, hash: 'sha384' },
	RS512: { ...rsa, hash: 'sha512' },
	PS256: { ...rsa, hash: 'sha256', how: pss },
	PS384: { ...rsa, hash: 'sha384', how: pss },
	PS512: { ...rsa, hash: 'sha512', how: pss },
	ES256: { ...curve('P-256'), hash: 'sha256', how: flat },
	ES384: { ...curve('P-384'), hash: 'sha384', how: flat },
	ES512: { ...curve('P-521'), hash: 'sha512', how: flat },
	EdDSA: { type: 'ed25519', hash: null },
};

export const ALGORITHMS = Object.keys(RECIPES);

export function keyFor(alg, modulusLength) {
	const { type, options } = RECIPES[alg];
	return { alg, ...generateKeyPairSync(type, modulusLength ? { modulusLength } : options) };
}

export const pem = (key) => key.publicKey.export({ type: 'spki', format: 'pem' });

const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function jwt({ alg, privateKey }, claims, header = {}) {
	const { hash, how } = RECIPES[alg];
	const text = `${encoded({ alg, ...header })}.${encoded(claims)}`;
	const signature = sign(hash, Buffer.from(text), { key: privateKey, ...how });
	return `${text}.${signature.toString('base64url')}`;
}

export const unsigned = (claims) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`;

// As if a public key were a shared secret.
export function hmac(secret, claims) {
	const text = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`;
	return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

export const now = () => Math.floor(Date.now() / 1000);

export const assertionClaims = (id, audience, change = {}) => ({
	iss: id, sub: id, aud: audience, iat: now(), exp: now() + 60, jti: randomUUID(), ...change,
});

export const assertionFields = (client_assertion) => ({
	client_assertion,
	client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
});
