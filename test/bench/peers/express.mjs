// What both express servers share: the bytes answered, and the command line.
import express from 'express';
import { once } from 'node:events';

export const [issuer, resource] = process.argv.slice(2);
const BODY = Buffer.from('{"notes":["buy milk","call Ada"],"next":null}');

// The bytes are ready, as everywhere else; no ETag is computed for them.
export function notes(request, response) {
	response.setHeader('Content-Type', 'application/json');
	response.end(BODY);
}

export function application() {
	const app = express();
	app.disable('x-powered-by');
	app.get('/open', notes);
	return app;
}

export async function serve(app) {
	const server = app.listen(0, '127.0.0.1');
	await once(server, 'listening');
	console.log(`listening on http://127.0.0.1:${server.address().port}`);
	process.once('SIGTERM', () => process.exit(0));
}
