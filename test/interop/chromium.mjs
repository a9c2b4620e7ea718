// The machine's own Chromium, without a window; the tests that need one skip without it.
import fs from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const BROWSER = inPath(process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome');

// Why there is no browser, or false: what a test's `skip` takes.
export const noBrowser = BROWSER === undefined
	? 'no chromium in PATH (Debian package chromium): no browser was tried' : false;

// Where the first of these programs lies.
export function inPath(...names) {
	const folders = (process.env.PATH ?? '').split(path.delimiter);
	return names.filter(Boolean)
		.flatMap((name) => [name, ...folders.map((folder) => path.join(folder, name))])
		.find((file) => path.isAbsolute(file) && fs.existsSync(file));
}

export const launched = (...args) => chromium.launch({
	executablePath: BROWSER, args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
});
