"""Chooses among the allocations of many programs those that have a stack of their own."""
import collections

# rank: 0 for the first in its program; within: its stack, up to the first frame of a test;
# line: for the preloaded allocator, with the one test to run, 0 for all of them.
Place = collections.namedtuple('Place', 'rank ms name number within line')


class Stacks:
	"""Where each stack within the libraries can be reached, and how often it was failed."""

	def __init__(self, times):
		self.times = times
		self.places = collections.defaultdict(list)
		self.met = collections.Counter()
		self.wholes = self.tried = 0

	def add(self, name, ms, lines):
		"""Take what a program noted: its stacks, whole and within the libraries."""
		found = collections.defaultdict(list)
		self.wholes += len(lines)
		for _, within, whole, innermost, first, second, test, other, took in lines:
			cost = float(took) or ms
			found[within].append((1, cost, int(first), f'{first} {innermost} {whole} 1 {test}'))
			if int(second) > 0:
				time = 2 if test == other else 1
				line = f'{second} {innermost} {whole} {time} {other}'
				found[within].append((2, cost, int(second), line))
		for within, numbers in found.items():
			for rank, (_, cost, number, line) in enumerate(sorted(numbers)[:2 * self.times]):
				self.places[within].append(Place(rank, cost, name, number, within, line))

	def finish(self):
		"""In other programs first, and in those that take the least time."""
		for places in self.places.values():
			places.sort()

	def choose(self):
		"""Take what is still wanting: {program: {number: place}}."""
		chosen = collections.defaultdict(dict)
		for within, places in self.places.items():
			wanted = max(0, self.times - self.met[within])
			for place in places[:wanted]:
				chosen[place.name][place.number] = place
			del places[:wanted]
		return chosen

	def failed(self, tried, ends):
		"""Note which of them were reached: threads do not always meet in the same way."""
		self.tried += len(tried)
		for end in ends:
			self.met[tried[end.number].within] += 1
		reached = {end.number for end in ends}
		for number, place in tried.items():
			if number not in reached:
				self.retry(place)

	def retry(self, place):
		"""A test that is run alone may not come as far: then with all that stand before it."""
		number, innermost, whole, time, test = place.line.split()
		places = self.places[place.within]
		if test != '0' and time == '1':
			places.append(place._replace(line=f'{number} {innermost} {whole} 1 0'))

	def summary(self):
		return (f'{len(self.met)} of {len(self.places)} distinct stacks failed, by '
			f'{sum(self.met.values())} points; {self.tried - sum(self.met.values())} more were '
			'not reached a second time')
