// Runs `oauth-client`: what it is told, what it says, how it ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { programPath } from './servers.mjs';

const LIMIT_MS = 40_000;

export class OauthClient {
	#child;
	#ended;
	#waiting = [];
	stdout = '';
	stderr = '';

	// `command` replaces the program, to run it in something else.
	constructor(args, { env = {}, command } = {}) {
		const [file, ...rest] = command ?? [programPath('oauth-client'), ...args];
		this.#child = spawn(file, rest, {
			stdio: ['pipe', 'pipe', 'pipe'],
			env: { ...process.env, ...env },
			timeout: LIMIT_MS,
			killSignal: 'SIGKILL',
		});
		this.#child.stdin.on('error', () => {});
		for (const name of ['stdout', 'stderr']) {
			this.#child[name].setEncoding('utf8');
			this.#child[name].on('data', (text) => {
				this[name] += text;
				this.#look();
			});
		}
		this.#ended = once(this.#child, 'close').then(([code, signal]) => {
			this.over = { code, signal };
			this.#look();
			return this.over;
		});
	}

	// The JSON objects that were printed so far.
	get events() {
		const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
		return whole.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
	}

	named(name) {
		return this.events.filter(({ event }) => event === name);
	}

	get steps() {
		return this.named('step').map(({ step }) => step);
	}

	// What a tool's first text says, of the last call.
	get said() {
		return this.named('result').at(-1).result.content[0].text;
	}

	type(line) {
		this.#child.stdin.write(`${line}\n`);
	}

	close() {
		this.#child.stdin.end();
	}

	kill(signal) {
		this.#child.kill(signal);
	}

	// Resolves with what `look(this)` finds; it has to before the program ends.
	until(look) {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ look, resolve, reject });
			this.#look();
		});
	}

	#look() {
		this.#waiting = this.#waiting.filter(({ look, resolve, reject }) => {
			const found = look(this);
			if (found) {
				resolve(found);
			} else if (this.over) {
				reject(new Error(`it ended before that: ${this.story}`));
			}
			return !found && !this.over;
		});
	}

	async end() {
		await this.#ended;
		return this;
	}

	get story() {
		return `${JSON.stringify(this.over)}\nstdout: ${this.stdout}\nstderr: ${this.stderr}`;
	}
}

// With `input` on stdin, up to its end.
export async function ranClient(args, { input = '', ...options } = {}) {
	const client = new OauthClient(args, options);
	if (input !== '') {
		client.type(input);
	}
	client.close();
	return client.end();
}
