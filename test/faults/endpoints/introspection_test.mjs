// Introspection that does not answer, or not as it should: our own manners, and those of
// the hostile authorization server that is kept beside the project.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { now } from '../../support/issuer.mjs';
import { goodClaims } from '../../support/notes.mjs';
import { tryOne } from './introspection_trial.mjs';
import { MANNERS } from './manners.mjs';
import { MisbehavingIssuer } from './misbehaving_issuer.mjs';

const SHARED = fileURLToPath(new URL('../../../../shared/hostile/as_server.mjs',
	import.meta.url));
const ABREAST = 12;

const folder = await mkdtemp(path.join(os.tmpdir(), 'endpoints-'));
const secretFile = path.join(folder, 'secret');
await writeFile(secretFile, 'a secret of the endpoint\n');
after(() => rm(folder, { recursive: true }));

class OwnServer {
	static async create() {
		const self = new OwnServer();
		self.issuer = await MisbehavingIssuer.create(['ES256']);
		return self;
	}

	get url() {
		return this.issuer.url;
	}

	get introspectionUrl() {
		return this.issuer.introspectionUrl;
	}

	hits() {
		return this.issuer.hits.introspection;
	}

	canary() {
		return this.issuer.hits.evil;
	}

	async misbehave(manner) {
		if (manner === 'down') {
			await this.issuer.down();
			this.isDown = true;
		} else if (this.isDown) {
			await this.issuer.up();
			this.isDown = false;
		}
		this.issuer.misbehave('introspection', manner === 'down' ? null : manner);
	}

	close() {
		return this.issuer.down();
	}
}

// Told over HTTP what to do, as its own runner does it.
class SharedServer {
	static async create() {
		const { startAS } = await import(pathToFileURL(SHARED));
		const cfg = { issuer: 'http://127.0.0.1', required_scope: 'read:notes' };
		const self = new SharedServer();
		self.server = await startAS({ port: 0, cfg, jwks: { keys: [] }, jwks2: { keys: [] } });
		self.url = `http://127.0.0.1:${self.server.port}`;
		self.introspectionUrl = `${self.url}/introspect`;
		await self.#control({
			introspectBody: {
				active: true, sub: 'alice', client_id: 'client-1', exp: now() + 600,
				...goodClaims(),
			},
		});
		return self;
	}

	async #control(order) {
		const answer = await fetch(`${this.url}/ctl`, {
			method: 'POST', body: JSON.stringify(order),
		});
		assert.equal(answer.status, 200);
	}

	async #hits() {
		return (await (await fetch(`${this.url}/stats`)).json()).hits;
	}

	async hits() {
		return (await this.#hits()).introspect;
	}

	async canary() {
		return (await this.#hits()).evil;
	}

	misbehave(manner) {
		return this.#control({ introspect: manner ?? 'ok' });
	}

	close() {
		return this.server.close();
	}
}

// Those that are read all the same.
const READ = ['slow3', 'badtype', 'largest-answer'];
const WITHHELD = ['hang', 'drip'];

// Its `dupkeys` puts a set of keys in front, which says nothing of a token.
// Its bomb is left out: it makes it anew at each request, in the process that this test
// is, and nobody is answered meanwhile. Ours is the same bomb.
const SHARED_READ = [...READ, 'dupkeys'];
const SHARED_MANNERS = [
	'hang', 'drip', 'slow3', 'huge', 'wronglength', '500', '503', '404', '401',
	'reset', 'garbage', 'html', 'empty', 'notobject', 'json-array', 'keys-object', 'nokeys',
	'emptykeys', 'nullkeys', 'dupkeys', 'badtype', 'truncated', 'redirect-evil',
	'redirect-file', 'redirect-loop', 'deep', 'hugecount',
];

const trial = (create, read = READ) => (manner) => ({
	name: manner, create, manner, status: read.includes(manner) ? 200 : 503,
	withheld: WITHHELD.includes(manner),
});

function tryAll(name, cases, options = {}) {
	test(name, { concurrency: ABREAST, ...options }, async (t) => {
		await Promise.all(cases.map((one) => t.test(`${name}: ${one.name}`,
			(step) => tryOne(step, one, secretFile))));
	});
}

tryAll('introspection', ['down', ...Object.keys(MANNERS.introspection)]
	.map(trial(OwnServer.create)));

const skip = existsSync(SHARED) ? false : 'as_server.mjs is not beside this clone';
tryAll('introspection, shared server',
	SHARED_MANNERS.map(trial(SharedServer.create, SHARED_READ)), { skip });
