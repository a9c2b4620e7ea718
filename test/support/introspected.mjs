// Two authorization servers of opaque tokens behind one face: the demo server and
// oidc-provider. Each knows a protected resource by a secret and by a key.
import net from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import * as jose from '../interop/node_modules/jose/dist/webapi/index.js';
import { keyPair } from './issuer.mjs';
import { OpaqueServer, PERSON } from './opaque_server.mjs';
import { CALLBACK, Person, metadataOf, publicClient, revoke } from './person.mjs';
import { runningServer } from './servers.mjs';

export const ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'];
export const BY_SECRET = 'by-secret';
export const BY_POST = 'by-post';
export const BY_BEARER = 'by-bearer';
const BEARER = 'a-token-for-introspection';

const LOGIN = {
	application_type: 'native',
	redirect_uris: [CALLBACK],
	grant_types: ['authorization_code'],
	response_types: ['code'],
};

// A port that is free now, for what must be known before it is listened on.
export async function freePort() {
	const server = net.createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

export class Files {
	#count = 0;

	static async create() {
		const self = new Files();
		self.folder = await mkdtemp(path.join(tmpdir(), 'mcpauth-interop-'));
		return self;
	}

	// Each in a file of its own, also those of the same name.
	async write(name, text) {
		this.#count += 1;
		const file = path.join(this.folder, `${this.#count}-${name}`);
		await writeFile(file, text, { mode: 0o600 });
		return file;
	}

	remove() {
		return rm(this.folder, { recursive: true });
	}
}

// A client's private key, and what the client is called.
export async function keyInFile(files, alg) {
	const key = await keyPair(alg);
	const file = await files.write(`${alg}.pem`, await jose.exportPKCS8(key.privateKey));
	return { ...key, id: `by-${alg}`, file };
}

class Authority {
	async prepare(files, algorithms = ['ES256']) {
		this.files = files;
		this.keys = {};
		for (const alg of algorithms) {
			this.keys[alg] = await keyInFile(files, alg);
		}
		this.bearerFile = await files.write('bearer', `${BEARER}\n`);
	}

	async know() {
		this.metadata = await metadataOf(this.url);
		this.client = await publicClient(this.metadata);
		this.secretFile = await this.files.write(`${this.name}-secret`, `${this.secret}\n`);
	}

	// What a program is started with, behind --issuer, to ask this server.
	bySecret(file = this.secretFile) {
		return ['--introspection', this.metadata.introspection_endpoint,
			'--client-id', BY_SECRET, '--client-secret-file', file];
	}

	byKey(file = this.keys.ES256.file) {
		const { id, kid } = this.keys.ES256;
		return ['--introspection', this.metadata.introspection_endpoint,
			'--client-id', id, '--private-key-file', file, '--key-id', kid];
	}

	login(what) {
		return new Person().login(this.metadata, this.client, what);
	}

	revoke(token, client = this.client) {
		return revoke(this.metadata, client, token);
	}
}

export class DemoAuthority extends Authority {
	name = 'demo_server';
	person = 'demo_user';
	secret = 'a secret: with %, + and a blank';
	postSecret = this.secret;
	#server;

	static async create(files, { logoutUri, algorithms, args = ['--opaque'] } = {}) {
		const self = new DemoAuthority();
		await self.prepare(files, algorithms);
		const keys = await Promise.all(Object.values(self.keys).map(async (key) => [
			'--introspection-client-key',
			`${key.id}:${await files.write('key.json', JSON.stringify(key.publicJwk))}`,
		]));
		self.#server = await runningServer('authorization-server', [
			'--auto-approve', ...args,
			'--introspection-client', `${BY_SECRET}:${self.secret}`,
			...(logoutUri === undefined ? [] : ['--backchannel-logout-uri', logoutUri]),
			'--introspection-client', `${BY_POST}:${self.secret}`,
			'--introspection-bearer', `${BY_BEARER}:${self.bearerFile}`,
			...keys.flat(),
		]);
		self.url = self.#server.url;
		await self.know();
		return self;
	}

	// A login, and who may be logged out with it.
	async session(what) {
		const person = new Person();
		return { person, ...await person.login(this.metadata, this.client, what) };
	}

	stop() {
		return this.#server.stop();
	}
}

export class ProviderAuthority extends Authority {
	name = 'oidc_provider';
	person = PERSON;
	#server;

	static async create(files, { logoutUri, algorithms, scope }) {
		const self = new ProviderAuthority();
		await self.prepare(files, algorithms);
		self.#server = await OpaqueServer.create({ scope });
		self.url = self.#server.url;
		const known = await self.#server.register(BY_SECRET, {
			token_endpoint_auth_method: 'client_secret_basic',
			...(logoutUri === undefined ? {} : {
				...LOGIN,
				backchannel_logout_uri: logoutUri,
				backchannel_logout_session_required: true,
			}),
		});
		self.secret = known.client_secret;
		self.resource = known;
		self.postSecret = (await self.#server.register(BY_POST,
			{ token_endpoint_auth_method: 'client_secret_post' })).client_secret;
		for (const key of Object.values(self.keys)) {
			await self.#server.register(key.id, {
				token_endpoint_auth_method: 'private_key_jwt',
				jwks: { keys: [key.publicJwk] },
			});
		}
		await self.know();
		return self;
	}

	// It tells of a logout only those clients that were logged in at: here the
	// protected resource is one of them.
	async session(what) {
		const person = new Person();
		return { person, ...await person.login(this.metadata, this.resource, what) };
	}

	stop() {
		return this.#server.close();
	}
}
