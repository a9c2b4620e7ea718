// What a process has taken of the machine's memory, as Linux counts it.
import { readFile, writeFile } from 'node:fs/promises';

async function statusLine(pid, name) {
	const text = await readFile(`/proc/${pid}/status`, 'utf8');
	return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)[1]) / 1024;
}

// How many MB it has now. From here on its peak is counted anew: a peak before, at
// the start, would hide one behind it.
export async function residentFromHere(pid) {
	await writeFile(`/proc/${pid}/clear_refs`, '5');
	return statusLine(pid, 'VmRSS');
}

export function peakResident(pid) {
	return statusLine(pid, 'VmHWM');
}
