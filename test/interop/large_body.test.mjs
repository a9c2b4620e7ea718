// A 10 MB upload is answered, not cut off: Node's fetch must see the 401 that
// starts a login.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Issuer } from '../support/issuer.mjs';
import {
	METADATA_URL, SCOPE, goodClaims, protectedNotes,
} from '../support/notes.mjs';

const LIMIT = { timeout: 40_000 };
const BODY = new Uint8Array(10 * 1000 * 1000).fill(0x61);
const PIECE = 64 * 1024;
const TRIES = 20;
const INVITATION = `Bearer resource_metadata="${METADATA_URL}", scope="${SCOPE}"`;

let issuer;
let notes;

before(async () => {
	issuer = await Issuer.create();
	notes = await protectedNotes(issuer.url);
}, LIMIT);

after(async () => {
	await notes?.stop();
	await issuer?.down();
}, LIMIT);

function chunkedBody() {
	let offset = 0;
	return new ReadableStream({
		pull(controller) {
			if (offset >= BODY.length) {
				controller.close();
				return;
			}
			controller.enqueue(BODY.subarray(offset, offset + PIECE));
			offset += PIECE;
		},
	});
}

const forms = {
	with_a_content_length: () => ({ body: BODY }),
	in_chunks: () => ({ body: chunkedBody(), duplex: 'half' }),
};

async function upload(form, headers = {}) {
	const answer = await fetch(`${notes.url}/notes`, {
		method: 'POST',
		headers,
		signal: AbortSignal.timeout(15_000),
		...form(),
	});
	return { answer, document: await answer.json() };
}

async function outcome(form) {
	try {
		const { answer } = await upload(form);
		return `${answer.status} ${answer.headers.get('www-authenticate')}`;
	} catch (error) {
		return `${error.message}: ${error.cause?.code ?? error.cause}`;
	}
}

for (const [how, form] of Object.entries(forms)) {
	test(`fetch_sees_the_401_of_10_mb_${how}_20_of_20`, LIMIT, async () => {
		const outcomes = [];
		for (let i = 0; i < TRIES; i += 1) {
			outcomes.push(await outcome(form));
		}
		const wanted = Array(TRIES).fill(`401 ${INVITATION}`);
		assert.deepEqual(outcomes, wanted);
	});

	test(`fetch_sees_the_200_of_10_mb_${how}_with_a_token`, LIMIT, async () => {
		const token = await issuer.token(goodClaims());
		const { answer, document } = await upload(form, {
			authorization: `Bearer ${token}`,
		});
		assert.equal(answer.status, 200);
		assert.equal(document.sub, 'alice');
	});
}
