// Requests whose header lines are sent, and whose answers are shown, exactly as
// they are on the wire.
import http from 'node:http';
import assert from 'node:assert/strict';

const TIMEOUT_MS = 10_000;

// `headers` is a list of [name, value]: names may repeat.
export function exchange(url, { method = 'GET', headers = [], body, agent } = {}) {
	const target = new URL(url);
	const lines = [['Host', target.host], ...headers];
	if (body !== undefined) {
		lines.push(['Content-Length', String(Buffer.byteLength(body))]);
	}
	return new Promise((resolve, reject) => {
		const request = http.request(url, {
			method, agent, headers: lines.flat(), timeout: TIMEOUT_MS,
		});
		request.on('timeout', () => {
			request.destroy(new Error(`${method} ${url}: no answer in time`));
		});
		request.on('error', reject);
		request.on('response', (response) => {
			collectedAnswer(response).then(resolve, reject);
		});
		request.end(body);
	});
}

async function collectedAnswer(response) {
	let text = '';
	response.setEncoding('utf8');
	for await (const chunk of response) {
		text += chunk;
	}
	return {
		status: response.statusCode,
		headers: response.headers,
		rawHeaders: response.rawHeaders,
		text,
	};
}

export function bearer(token) {
	return [['Authorization', `Bearer ${token}`]];
}

// The values of every header line of that name, in order.
export function headerLines(answer, name) {
	const values = [];
	for (let i = 0; i < answer.rawHeaders.length; i += 2) {
		if (answer.rawHeaders[i].toLowerCase() === name) {
			values.push(answer.rawHeaders[i + 1]);
		}
	}
	return values;
}

// A single Bearer challenge as [name, value] pairs in their order. Strict: one
// header line, every value quoted, nothing between or after the parameters.
export function challengeParameters(answer) {
	const lines = headerLines(answer, 'www-authenticate');
	assert.equal(lines.length, 1, `challenges: ${JSON.stringify(lines)}`);
	const form = /^Bearer ([a-z_]+="(?:[^"\\]|\\.)*"(?:, (?=[a-z])|$))+$/;
	assert.match(lines[0], form);
	const parameter = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;
	return [...lines[0].matchAll(parameter)].map(([, name, value]) => [
		name, value.replace(/\\(.)/g, '$1'),
	]);
}
