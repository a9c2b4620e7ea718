"""Medians of pairs, with intervals, and no library for it."""
import random
import statistics

RESAMPLES = 2000


def interval(values):
    """The median, and the 95 % interval of it by the bootstrap."""
    middle = statistics.median(values)
    if len(values) < 2:
        return {"median": middle, "low": middle, "high": middle, "pairs": len(values)}
    source = random.Random(0)
    medians = sorted(statistics.median(source.choices(values, k=len(values)))
                     for _ in range(RESAMPLES))
    return {"median": middle, "low": medians[int(RESAMPLES * 0.025)],
            "high": medians[int(RESAMPLES * 0.975) - 1], "pairs": len(values)}


def slots(results, target, scenario):
    """Measurements by round."""
    return {slot["round"]: slot for slot in results["slots"]
            if slot["target"] == target and slot["scenario"] == scenario}


def median(results, target, scenario, field):
    """None if it was not measured."""
    found = [slot[field] for slot in slots(results, target, scenario).values()]
    return statistics.median(found) if found else None


def compare(results, one, other, field="cpu_us", ratio=True):
    """
    Of each round that has both, one divided by the other, or less it.

    @param one, other  (target, scenario)
    @return None without a pair
    """
    first, second = slots(results, *one), slots(results, *other)
    both = sorted(first.keys() & second.keys())
    values = [first[i][field] / second[i][field] if ratio else first[i][field] - second[i][field]
              for i in both]
    return interval(values) if values else None


def excess(results, one, other, base, field="user_us"):
    """
    Of each round that has all three, by how much one is above the base, in the measure
    of how much the other is: what a faster or slower machine leaves as it is.

    @param one, other, base  (target, scenario)
    @return None without a round
    """
    first, second, third = slots(results, *one), slots(results, *other), slots(results, *base)
    rounds = sorted(first.keys() & second.keys() & third.keys())
    values = [(first[i][field] - third[i][field]) / (second[i][field] - third[i][field])
              for i in rounds if second[i][field] > third[i][field]]
    return interval(values) if values else None
