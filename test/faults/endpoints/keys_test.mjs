// Keys that do not come, or are not what they should be, at a place that was
// configured: whatever the shared runner of faults tries as well, and some more.
import { MANNERS } from './manners.mjs';
import { tryAll } from './trial.mjs';

const READ = ['slow3', 'badtype', 'nullkeys', 'megabyte-of-text'];

// A set without a key is a set: nobody's token is good.
const cold = (manner) => (READ.includes(manner) ? [200] : manner === 'emptykeys' ? [401] : [503]);

tryAll('keys', ['down', ...Object.keys(MANNERS.keys)].map((manner) => ({
	name: `keys: ${manner}`, manner, cold: cold(manner),
})));
