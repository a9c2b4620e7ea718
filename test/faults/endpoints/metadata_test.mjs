// Authorization-server metadata that does not come, or is not what it should be.
// The server is told no more than its issuer: without metadata there are no keys.
import { MANNERS } from './manners.mjs';
import { tryAll } from './trial.mjs';

// Those that are read all the same.
const READ = ['slow3', 'badtype', 'megabyte-of-text'];

const cases = ['down', ...Object.keys(MANNERS.metadata)].map((manner) => ({
	name: `metadata: ${manner}`, manner, cold: READ.includes(manner) ? [200] : [503],
}));

// At the one place alone: the other is asked after a 4xx, and after nothing else.
const OAUTH_ALONE = { 404: 200, 401: 200, 500: 503, html: 503, 'other-issuer': 503 };
for (const [manner, status] of Object.entries(OAUTH_ALONE)) {
	cases.push({
		name: `metadata of OAuth alone: ${manner}`, manner, cold: [status], places: ['oauth'],
	});
}

tryAll('metadata', cases);
