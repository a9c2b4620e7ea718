// The ways in which an endpoint can misbehave. Each is given the response and the
// document that a good server would send.
import zlib from 'node:zlib';

const MEGABYTE = 1024 * 1024;
const FORM_ANSWER_LIMIT = 128 * 1024;
const DRIP_MS = 1000;
const SLOW_MS = 3000;

export function send(response, body, { status = 200, headers = {} } = {}) {
	response.writeHead(status, { 'content-type': 'application/json', ...headers });
	response.end(body);
}

const status = (code) => (response) => send(response, '{"error":"x"}', { status: code });
const body = (text) => (response) => send(response, text);
const changed = (change) => (response, document) => {
	send(response, JSON.stringify(change(document)));
};
const redirect = (target, code = 302) => (response, document, { canary }) => {
	send(response, '', { status: code, headers: { location: target(response, canary) } });
};

function drip(response, document) {
	const text = JSON.stringify(document);
	let sent = 0;
	response.writeHead(200, { 'content-length': text.length });
	const timer = setInterval(() => response.write(text[sent++] ?? ' '), DRIP_MS);
	response.on('close', () => clearInterval(timer));
}

function promisesMore(response, document) {
	const text = JSON.stringify(document);
	response.writeHead(200, { 'content-length': text.length + 5000 });
	response.write(text);
	setTimeout(() => response.destroy(), 100);
}

// As much as is taken, up to 256 MB of blanks, and only then the document.
function huge(response, document) {
	const blanks = Buffer.alloc(64 * 1024, ' ');
	let left = 256 * MEGABYTE / blanks.length;
	const go = () => {
		while (left-- > 0) {
			if (response.destroyed) {
				return;
			}
			if (!response.write(blanks)) {
				response.once('drain', go);
				return;
			}
		}
		response.end(JSON.stringify(document));
	};
	go();
}

// 200 MB of blanks, of as many members as there are (RFC 1952 section 2.2): made in no
// time, which would hold up everybody else here.
function gzipBomb(response) {
	const member = zlib.gzipSync(Buffer.alloc(MEGABYTE, ' '));
	const bomb = Buffer.concat(Array(200).fill(member));
	send(response, bomb, { headers: { 'content-encoding': 'gzip' } });
}

function garbage(response) {
	send(response, Buffer.from(Array.from({ length: 4096 }, (_, i) => i * 131 % 256)));
}

// The first member again in front of all: whoever takes the first, or the last, of
// two believes something else.
function twice(response, document) {
	const [name, value] = Object.entries(document)[0];
	const other = JSON.stringify(Array.isArray(value) ? [] : 'https://evil.example.com');
	send(response, `{${JSON.stringify(name)}:${other},${JSON.stringify(document).slice(1)}`);
}

function twentyThousand(document) {
	const many = Array.from({ length: 20_000 }, (_, i) => ({ kty: 'oct', k: 'AA', kid: `${i}` }));
	return { ...document, keys: many.concat(document.keys ?? []) };
}

// What costs the most memory for its bytes: a megabyte of the shortest values.
function millionZeros(response, document) {
	const rest = JSON.stringify(document).slice(1);
	const zeros = '0,'.repeat((MEGABYTE - rest.length - 20) / 2);
	send(response, `{"more":[${zeros}0],${rest}`);
}

function megabyteOfText(response, document) {
	const rest = JSON.stringify(document).slice(1);
	send(response, `{"more":"${'x'.repeat(MEGABYTE - rest.length - 12)}",${rest}`);
}

// Those that fit any document. `accepted`: it is read all the same, or may be.
export const ANY = {
	500: status(500),
	503: status(503),
	404: status(404),
	401: status(401),
	reset: (response) => response.socket.resetAndDestroy(),
	hang: () => {},
	slow3: (response, document) => {
		setTimeout(() => send(response, JSON.stringify(document)), SLOW_MS);
	},
	drip,
	garbage,
	html: (response) => send(response, '<html><body>login</body></html>',
		{ headers: { 'content-type': 'text/html' } }),
	empty: body(''),
	notobject: body('"a string"'),
	'json-array': changed((document) => [document]),
	nothing: body('{}'),
	dupkeys: twice,
	badtype: (response, document) => send(response, JSON.stringify(document),
		{ headers: { 'content-type': 'application/octet-stream' } }),
	truncated: (response, document) => {
		const text = JSON.stringify(document);
		send(response, text.slice(0, text.length / 2));
	},
	wronglength: promisesMore,
	'redirect-evil': redirect((response, canary) => canary),
	'redirect-file': redirect(() => 'file:///etc/passwd'),
	'redirect-loop': redirect((response) => response.req.url),
	huge,
	gzipbomb: gzipBomb,
	deep: body(`{"keys":${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
	hugecount: changed(twentyThousand),
	'million-zeros': millionZeros,
	'megabyte-of-text': megabyteOfText,
};

const KEYS = {
	'keys-object': changed(({ keys }) => ({ keys: { 0: keys[0] } })),
	emptykeys: changed(() => ({ keys: [] })),
	nullkeys: changed(({ keys }) => ({ keys: [null, 5, 'x', [], ...keys] })),
};

const withMember = (name, value) => changed((document) => ({ ...document, [name]: value }));

const METADATA = {
	'keys-object': withMember('jwks_uri', { 0: 'https://evil.example.com' }),
	emptykeys: withMember('jwks_uri', ''),
	nullkeys: withMember('jwks_uri', null),
	'other-issuer': withMember('issuer', 'https://evil.example.com'),
	'issuer-and-slash': changed((document) => ({ ...document, issuer: `${document.issuer}/` })),
	'keys-in-a-file': withMember('jwks_uri', 'file:///etc/passwd'),
	'keys-over-http': withMember('jwks_uri', 'http://keys.example.com/jwks'),
	'keys-on-the-net-within': withMember('jwks_uri', 'https://10.0.0.1/jwks'),
	'keys-of-the-cloud': withMember('jwks_uri', 'https://169.254.169.254/latest/meta-data'),
	'keys-of-localhost': (response, document) => {
		const { port } = new URL(document.issuer);
		withMember('jwks_uri', `https://localhost:${port}/evil`)(response, document);
	},
};

function ofSize(document, size) {
	const text = JSON.stringify(document);
	return text.replace(/"}$/, `${'x'.repeat(size - text.length)}"}`);
}

// The redirects here make whoever follows bring the form, with the token in it, along.
const INTROSPECTION = {
	403: status(403),
	429: status(429),
	400: status(400),
	204: (response) => send(response, '', { status: 204 }),
	'redirect-307': redirect((response, canary) => canary, 307),
	'redirect-308': redirect((response, canary) => canary, 308),
	'largest-answer': (response, document) => {
		send(response, ofSize({ ...document, more: '' }, FORM_ANSWER_LIMIT));
	},
	'too-large-by-one': (response, document) => {
		send(response, ofSize({ ...document, more: '' }, FORM_ANSWER_LIMIT + 1));
	},
	'two-megabytes': (response, document) => {
		send(response, JSON.stringify({ ...document, more: 'x'.repeat(2 * MEGABYTE) }));
	},
};

/** By endpoint, and by the name of the manner; those that take longest come first. */
export const MANNERS = {
	keys: { ...KEYS, ...ANY },
	metadata: { ...METADATA, ...ANY },
	introspection: { ...INTROSPECTION, ...ANY },
};
