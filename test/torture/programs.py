"""The programs to torture, and which code in them is a test's own."""
import functools
import hashlib
import json
import pathlib
import re
import subprocess

UNIT = re.compile(r'<0><[0-9a-f]+>: Abbrev Number: \d+ \(DW_TAG_compile_unit\)')

# Without memory hiredis aborts by itself, and oauth-client ends.
LEFT_OUT = {'redis_store', 'say'}


def suites_programs(build):
	"""Each C test of the suites unit and integration: (name, program, environment)."""
	said = subprocess.run(['meson', 'introspect', '--tests', str(build)],
		check=True, capture_output=True, text=True).stdout
	found = []
	for test in json.loads(said):
		suite = test['suite'][0].split(':')[-1]
		if suite in ('unit', 'integration') and test['protocol'] == 'tap' \
			and len(test['cmd']) == 1 and test['name'] not in LEFT_OUT:
			program = pathlib.Path(test['cmd'][0])
			found.append((f'{suite}/{test["name"]}', program, test['env']))
	return found


def dump(program, what, *options):
	return subprocess.run(['readelf', f'--debug-dump={what}', *options, str(program)],
		check=True, capture_output=True, text=True).stdout


def unit_names(program):
	"""Where each source file's part of the debug information begins, and its name."""
	names = {}
	unit = None
	for line in dump(program, 'info', '--dwarf-depth=1').splitlines():
		head = re.match(r'\s*Compilation Unit @ offset (?:0x)?([0-9a-f]+):', line)
		if head:
			unit = int(head[1], 16)
		if 'DW_AT_name' in line and unit not in names:
			names[unit] = line.rsplit(': ', 1)[1].strip()
	return names


def unit_ranges(program):
	"""(source file, begin, end) of all code that was compiled with debug information."""
	names = unit_names(program)
	unit = None
	for line in dump(program, 'aranges').splitlines():
		head = re.match(r'\s*Offset into .debug_info:\s+(?:0x)?([0-9a-f]+)', line)
		if head:
			unit = int(head[1], 16)
			continue
		pair = re.match(r'\s+([0-9a-f]{8,16}) ([0-9a-f]{8,16})\s*$', line)
		if pair and int(pair[2], 16) > 0:
			begin = int(pair[1], 16)
			yield names[unit], begin, begin + int(pair[2], 16)


def side(source):
	parts = pathlib.PurePath(source).parts
	# The tests' own clients and servers build and read their texts with them, too.
	if source.endswith(('test/support/scarce_memory.c', 'lib/base/buf.c', 'lib/base/form_read.c')):
		return 'neutral'
	if 'test' in parts and 'torture' not in parts:
		return 'test'
	return 'ours'


def joined(ranges):
	"""Neighbours with only padding between them as one."""
	whole = []
	for begin, end in sorted(ranges):
		if whole and begin - whole[-1][1] < 16:
			whole[-1][1] = end
		else:
			whole.append([begin, end])
	return ','.join(f'{begin:x}-{end:x}' for begin, end in whole)


def unit_hash(source, size):
	return hashlib.blake2b(f'{source} {size}'.encode(), digest_size=8).hexdigest()


@functools.cache
def sides(program):
	"""The environment that tells the preloaded allocator whose code is whose."""
	units = []
	found = {'test': [], 'neutral': [], 'ours': []}
	for source, begin, end in unit_ranges(program):
		found[side(source)].append((begin, end))
		# The same in each program that it is linked into; what lies at 0 was left out.
		if begin > 0:
			units.append(f'{begin:x}-{end:x}={unit_hash(source, end - begin)}')
	return {'TORTURE_TEST': joined(found['test']), 'TORTURE_NEUTRAL': joined(found['neutral']),
		'TORTURE_UNITS': ','.join(units)}
