// Starts one of the example programs, knows where it listens, and ends it by
// its process id.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = path.resolve(ROOT, process.env.MCPAUTH_BUILD ?? 'build');
const START_MS = 10_000;
const STOP_MS = 5_000;
const LISTENING = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/m;

const alive = new Set();

// A test run that dies early must not leave servers behind.
process.on('exit', () => {
	for (const child of alive) {
		child.kill('SIGKILL');
	}
});
for (const signal of ['SIGINT', 'SIGTERM']) {
	process.once(signal, () => process.exit(1));
}

export function programPath(name) {
	return path.join(BUILD, 'examples', name);
}

export class Server {
	#child;
	#exited;
	#stdout = '';
	#stderr = '';

	constructor(name, args) {
		this.name = name;
		this.#child = spawn(programPath(name), args, {
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		alive.add(this.#child);
		this.#child.stdout.setEncoding('utf8');
		this.#child.stderr.setEncoding('utf8');
		this.#child.stderr.on('data', (text) => {
			this.#stderr += text;
		});
		this.#exited = this.#exit();
	}

	async #exit() {
		try {
			const [code, signal] = await once(this.#child, 'close');
			return { code, signal };
		} catch (error) {
			return { code: null, signal: null, error };
		} finally {
			alive.delete(this.#child);
		}
	}

	get pid() {
		return this.#child.pid;
	}

	get stderr() {
		return this.#stderr;
	}

	// Resolves with the address of the listening line; a program that ends or
	// stays silent is an error that shows what it wrote.
	async listening() {
		const line = new Promise((resolve) => {
			this.#child.stdout.on('data', (text) => {
				this.#stdout += text;
				const match = LISTENING.exec(this.#stdout);
				if (match) {
					resolve({ url: match[1] });
				}
			});
		});
		const late = deadline(START_MS, {});
		const first = await Promise.race([line, this.#exited, late.promise]);
		late.cancel();
		if (!first.url) {
			this.#child.kill('SIGKILL');
			throw new Error(`${this.name} did not start: ${this.#story(first)}`);
		}
		this.url = first.url;
		return this;
	}

	// SIGTERM, then SIGKILL; anything but exit status 0 is an error.
	async stop() {
		this.#child.kill('SIGTERM');
		const late = deadline(STOP_MS, null);
		const end = await Promise.race([this.#exited, late.promise]);
		late.cancel();
		if (end === null) {
			this.#child.kill('SIGKILL');
			await this.#exited;
			throw new Error(`${this.name} ignored SIGTERM: ${this.#story({})}`);
		}
		if (end.code !== 0) {
			throw new Error(`${this.name} ended badly: ${this.#story(end)}`);
		}
	}

	#story({ code, signal, error }) {
		const how = error?.message ?? `status ${code}, signal ${signal}`;
		return `${how}\nstdout: ${this.#stdout}\nstderr: ${this.#stderr}`;
	}
}

function deadline(ms, value) {
	let timer;
	const promise = new Promise((resolve) => {
		timer = setTimeout(resolve, ms, value);
	});
	return { promise, cancel: () => clearTimeout(timer) };
}

// The program `name` on a free port, ready to be asked.
export async function runningServer(name, args = []) {
	return new Server(name, ['--port', '0', ...args]).listening();
}
