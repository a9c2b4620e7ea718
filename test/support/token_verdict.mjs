// What the library says of tokens, by a small program of the build folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { programPath } from './servers.mjs';

const BUILD = path.join(programPath('.'), '..');
const TARGET = 'test/support/token_verdict';

// Nothing but these tests wants it, so nothing else builds it.
export const built = () => output('ninja', ['-C', BUILD, TARGET], '');

// [code, owner or reason] for each token.
export async function verdicts(settings, tokens) {
	const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
	const text = await output(path.join(BUILD, TARGET), pairs,
		tokens.map((token) => `${token}\n`).join(''));
	return text.trimEnd().split('\n').map((line) => line.split(/ (.*)/, 2));
}

async function output(program, args, input) {
	const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
	const texts = [child.stdout, child.stderr].map(collected);
	const closed = once(child, 'close');
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	const [code] = await closed;
	const [out, errors] = await Promise.all(texts);
	if (code !== 0) {
		throw new Error(`${program} ended with ${code}: ${errors}${out}`);
	}
	return out;
}

async function collected(stream) {
	let text = '';
	stream.setEncoding('utf8');
	for await (const chunk of stream) {
		text += chunk;
	}
	return text;
}
