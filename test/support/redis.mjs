// A real redis-server on a UNIX socket in a folder, with nothing on disk.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export class Redis {
	constructor(folder) {
		this.folder = folder;
		this.socket = path.join(folder, 'socket');
	}

	async start() {
		this.process = spawn('redis-server', ['--port', '0', '--unixsocket', this.socket,
			'--dir', this.folder, '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
		process.once('exit', () => this.process.kill('SIGKILL'));
		const end = Date.now() + 5000;
		while (!await this.#listens()) {
			assert.ok(Date.now() < end, 'redis-server did not start');
			await sleep(20);
		}
	}

	async #listens() {
		const socket = connect(this.socket);
		const good = await Promise.race([
			once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false),
		]).catch(() => false);
		socket.destroy();
		return good;
	}

	async signal(name) {
		this.process.kill(name);
		if (name === 'SIGKILL') {
			await once(this.process, 'exit');
			await rm(this.socket, { force: true });
		}
	}
}
