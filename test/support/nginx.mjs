// A real nginx on a free port, with the configuration that examples/nginx shows and a
// certificate of a test authority; it runs as nobody, in a folder of its own.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './introspected.mjs';

const CONFIGURATION = fileURLToPath(new URL('../../examples/nginx/mcpauth.conf', import.meta.url));
const START_MS = 5000;
const ANSWER_MS = 10_000;
const NOBODY = 65534;
const run = promisify(execFile);

const PROGRAM = ['/usr/sbin', '/usr/local/sbin', ...(process.env.PATH ?? '').split(':')]
	.map((folder) => path.join(folder, 'nginx')).find(existsSync);

// What a test is skipped for, or false.
export const missing = PROGRAM === undefined && 'nginx is not there (Debian package nginx)';

const MAIN = `daemon off;
pid nginx.pid;
error_log stderr warn;
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	include mcpauth.conf;
}
`;

export class Nginx {
	#child;
	#ended;
	stderr = '';

	// Nothing runs yet: the port has to be known before the servers are started.
	static async prepare() {
		const self = new Nginx();
		self.folder = await mkdtemp(path.join(tmpdir(), 'nginx-'));
		self.port = await freePort();
		self.url = `https://localhost:${self.port}`;
		await self.#certify();
		return self;
	}

	// An authority, and a certificate for localhost by it.
	async #certify() {
		const at = (name) => path.join(this.folder, name);
		const make = (...args) => run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
			'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...args]);
		await make('-subj', '/CN=test authority', '-keyout', at('authority.key'),
			'-out', at('authority.crt'));
		await make('-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
			'-addext', 'basicConstraints=critical,CA:FALSE', '-CA', at('authority.crt'),
			'-CAkey', at('authority.key'), '-keyout', at('server.key'), '-out', at('server.crt'));
		this.authorityFile = at('authority.crt');
		this.authority = await readFile(this.authorityFile, 'utf8');
	}

	// What README.md says to change; all of it is there to be changed.
	async configure(servers, further = []) {
		const places = servers.map((line) => `server ${line};`).join('\n\t');
		const changes = [
			['listen 443 ssl', `listen 127.0.0.1:${this.port} ssl`],
			['server_name mcp.example.com;', 'server_name localhost;'],
			['Host mcp.example.com;', `Host localhost:${this.port};`],
			['/etc/ssl/mcp.example.com', path.join(this.folder, 'server')],
			['server 127.0.0.1:8000;', places],
			...further,
		];
		let text = await readFile(CONFIGURATION, 'utf8');
		for (const [from, to] of changes) {
			assert.ok(text.includes(from), `mcpauth.conf has no "${from}"`);
			text = text.replaceAll(from, to);
		}
		await writeFile(path.join(this.folder, 'mcpauth.conf'), text);
	}

	async start(servers, further) {
		await this.configure(servers, further);
		await writeFile(path.join(this.folder, 'nginx.conf'), MAIN);
		await chmod(path.join(this.folder, 'server.key'), 0o644);
		const who = process.getuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
		if (who.uid !== undefined) {
			await chown(this.folder, NOBODY, NOBODY);
		}
		this.#child = spawn(PROGRAM,
			['-p', this.folder, '-c', path.join(this.folder, 'nginx.conf'), '-e', 'stderr'],
			{ stdio: ['ignore', 'ignore', 'pipe'], ...who });
		process.once('exit', () => this.#child.kill('SIGTERM'));
		this.#child.stderr.setEncoding('utf8');
		this.#child.stderr.on('data', (text) => {
			this.stderr += text;
		});
		this.#ended = once(this.#child, 'close');
		const end = Date.now() + START_MS;
		while (!await this.#listens()) {
			assert.ok(Date.now() < end && this.#child.exitCode === null, this.stderr);
			await sleep(20);
		}
	}

	async #listens() {
		const socket = connect(this.port, '127.0.0.1');
		const good = await once(socket, 'connect').then(() => true, () => false);
		socket.destroy();
		return good;
	}

	// Other servers from now on; resolves once no connection goes to the old ones.
	async change(servers, further) {
		await this.configure(servers, further);
		const before = await this.#workers();
		this.#child.kill('SIGHUP');
		const end = Date.now() + START_MS;
		while ((await this.#workers()).some((pid) => before.includes(pid))) {
			assert.ok(Date.now() < end, `nginx did not change: ${this.stderr}`);
			await sleep(20);
		}
	}

	async #workers() {
		const { pid } = this.#child;
		const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
		return text.trim().split(' ').filter((word) => word !== '');
	}

	// A request as it is written: `path` is sent as it stands, names of headers may repeat.
	ask({ path: target = '/mcp', method = 'GET', headers = [], body, from, host } = {}) {
		const lines = [['Host', host ?? `localhost:${this.port}`], ...headers];
		if (body !== undefined) {
			lines.push(['Content-Length', String(Buffer.byteLength(body))]);
		}
		return new Promise((resolve, reject) => {
			const request = https.request({
				host: '127.0.0.1', servername: 'localhost', port: this.port, path: target, method,
				ca: this.authority, headers: lines.flat(), localAddress: from, agent: false,
				timeout: ANSWER_MS,
			});
			request.on('timeout', () => request.destroy(new Error(`${target}: no answer`)));
			request.on('error', reject);
			request.on('response', (response) => {
				response.setEncoding('utf8');
				response.toArray().then((pieces) => resolve({
					status: response.statusCode, headers: response.headers,
					rawHeaders: response.rawHeaders, text: pieces.join(''),
				}), reject);
			});
			request.end(body);
		});
	}

	async stop() {
		if (this.#child !== undefined) {
			this.#child.kill('SIGTERM');
			await this.#ended;
		}
		await rm(this.folder, { recursive: true, force: true });
	}
}
