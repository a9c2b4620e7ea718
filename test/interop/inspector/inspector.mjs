// The MCP Inspector as its users start it, with a home of its own; and what it is told
// and says on the command line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const PROGRAM = fileURLToPath(new URL('node_modules/.bin/mcp-inspector', import.meta.url));
const START_MS = 30_000;
const STOP_MS = 5_000;
const COMMAND_MS = 30_000;

const groups = new Set();

// A test run that dies early must not leave anything behind.
process.on('exit', () => {
	for (const pid of groups) {
		signal(pid, 'SIGKILL');
	}
});

// It starts others: they are one group with it.
function signal(pid, name) {
	try {
		process.kill(-pid, name);
	} catch (error) {
		if (error.code !== 'ESRCH') {
			throw error;
		}
	}
}

function start(home, args, env) {
	const child = spawn(process.execPath, [PROGRAM, ...args], {
		detached: true,
		stdio: ['pipe', 'pipe', 'pipe'],
		env: {
			PATH: process.env.PATH,
			HOME: home,
			MCP_AUTO_OPEN_ENABLED: 'false',
			MCP_INSPECTOR_SECRET_STORE: 'memory',
			...env,
		},
	});
	groups.add(child.pid);
	child.said = { stdout: '', stderr: '' };
	child.stdin.on('error', () => {});
	for (const name of ['stdout', 'stderr']) {
		child[name].setEncoding('utf8');
		child[name].on('data', (text) => { child.said[name] += text; });
	}
	child.ended = once(child, 'close').then(([code, killed]) => {
		groups.delete(child.pid);
		return { code, killed };
	});
	return child;
}

export async function freePort() {
	const server = http.createServer();
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

export class Home {
	static async create() {
		const home = new Home();
		home.folder = await mkdtemp(path.join(os.tmpdir(), 'mcpauth-inspector-'));
		return home;
	}

	async write(name, text, mode = 0o600) {
		const file = path.join(this.folder, name);
		await writeFile(file, text, { mode });
		return file;
	}

	remove() {
		return rm(this.folder, { recursive: true, force: true });
	}
}

// Its page, at `url`.
export class Page {
	#child;

	static async start(home, config) {
		const page = new Page();
		const port = await freePort();
		page.url = `http://localhost:${port}/`;
		page.#child = start(home.folder, ['--web', '--config', config], {
			CLIENT_PORT: String(port),
			DANGEROUSLY_OMIT_AUTH: 'true',
		});
		await page.#answers();
		return page;
	}

	async #answers() {
		const end = Date.now() + START_MS;
		while (Date.now() < end && this.#child.exitCode === null) {
			const answer = await fetch(this.url).catch(() => undefined);
			if (answer?.ok) {
				return;
			}
			await sleep(100);
		}
		await this.stop();
		throw new Error(`the Inspector does not answer: ${JSON.stringify(this.#child.said)}`);
	}

	async stop() {
		const { pid, ended } = this.#child;
		signal(pid, 'SIGTERM');
		if (await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]) === undefined) {
			signal(pid, 'SIGKILL');
			await ended;
		}
	}
}

// One command: what it answered, and how it ended. `typed` is what it reads.
export async function command(home, args, { env = {}, typed = '' } = {}) {
	const child = start(home.folder, ['--cli', '--format', 'json', ...args], env);
	child.stdin.end(typed);
	const timer = setTimeout(() => signal(child.pid, 'SIGKILL'), COMMAND_MS);
	const { code } = await child.ended;
	clearTimeout(timer);
	return { code, ...child.said };
}

export function chromiumPath() {
	const folders = (process.env.PATH ?? '').split(path.delimiter);
	return process.env.CHROMIUM ?? ['chromium', 'chromium-browser', 'google-chrome']
		.flatMap((name) => folders.map((folder) => path.join(folder, name)))
		.find((file) => fs.existsSync(file));
}
