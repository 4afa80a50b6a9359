"""How good the recommendations of a running server are, measured from outside: `make quality INTERACTIONS=… ITEMS=…`.

Nothing of the server's own evaluation is used. A tenth of the users are kept away from the import. Each of them is then played to the
server: the oldest nine tenths of the rows as events, in order, and the answer to the next request is held against the newest tenth.
Similar items are trained after those events, because no request can tell them a user's history; the other recipes before.
First on the very users that GetSolutionMetrics tests, without exploration, beside what it says; then on splits by chance, with it.
NDCG's ideal is the hits of the list moved to its top, as in Amazon's published figures; `strict` is the usual one, over min(K, truth).
"""

import argparse
import csv
import math
import random
import statistics
import tempfile
from pathlib import Path

import harness
from world import World

MASK = (1 << 64) - 1
CUTS = (5, 10, 25)
COLUMNS = ["coverage", "mrr@25", *(f"ndcg@{cut}" for cut in CUTS), *(f"p@{cut}" for cut in CUTS), *(f"strict@{cut}" for cut in CUTS)]
# Amazon's own figures for the founding post's data: its executed notebook 03, September 2020.
PUBLISHED = {
    "user": [.0791, .2690, .2279, .2687, .3321, .0750, .0571, .0379],
    "sims": [.1861, .1669, .1889, .2234, .2895, .0824, .0588, .0418],
    "ranking": [.0038, .0537, .0578, .0707, .0956, .0189, .0132, .0113],
}


class Meter:
    """Adds up lists, one a question."""

    def __init__(self, catalogue):
        self.catalogue, self.questions, self.seen = catalogue, 0, set()
        self.sums = dict.fromkeys(COLUMNS, 0.0)

    def add(self, answer, truth):
        self.questions += 1
        self.seen.update(answer[:25])
        ranks = [rank for rank, item in enumerate(answer[:25], 1) if item in truth]
        self.sums["mrr@25"] += 1 / ranks[0] if ranks else 0
        for cut in CUTS:
            hits = [rank for rank in ranks if rank <= cut]
            gain = sum(1 / math.log2(1 + rank) for rank in hits)
            self.sums[f"p@{cut}"] += len(hits) / cut
            if hits:
                self.sums[f"ndcg@{cut}"] += gain / ideal(len(hits))
                self.sums[f"strict@{cut}"] += gain / ideal(min(cut, len(truth)))

    def row(self):
        return [len(self.seen) / len(self.catalogue)] + [self.sums[name] / self.questions for name in COLUMNS[1:]]


def ideal(hits):
    return sum(1 / math.log2(1 + rank) for rank in range(1, hits + 1))


def read(path):
    with Path(path).open(newline="") as file:
        header, *rows = csv.reader(file)
    places = [header.index(name) for name in ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE")]
    users = {}
    for row in rows:
        user, item, time, kind = (row[place] for place in places)
        users.setdefault(user, []).append((item, int(time), kind))
    for events in users.values():
        events.sort(key=lambda event: event[1])
    return users


def play(world, user, events):
    """Ten events a call, as the API allows; stamps as in the data."""
    client = world.server.client("personalize-events")
    for start in range(0, len(events), 10):
        client.put_events(trackingId=world.tracker, userId=user, sessionId=f"s-{user}", eventList=[
            {"eventType": kind, "itemId": item, "sentAt": time} for item, time, kind in events[start:start + 10]])


def eligible(users):
    return sorted(user for user, events in users.items() if len(events) >= 2)


def drawn(users, seed):
    """A tenth of the users by chance."""
    known = eligible(users)
    return set(random.Random(seed).sample(known, max(1, round(len(known) / 10))))


def own(users):
    """The users that GetSolutionMetrics tests: the first tenth by a hash of the id with seed 1, written down here once more."""
    def mix(value):
        value = (value + 0x9E3779B97F4A7C15) & MASK
        value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ value >> 27) * 0x94D049BB133111EB) & MASK
        return value ^ value >> 31

    def key(user):
        value = mix(1)
        for byte in user.encode():
            value = mix(value * 0x2545F4914F6CDD1D & MASK ^ byte)
        return value

    known = sorted(eligible(users), key=key)
    return set(known[:max(1, (len(known) + 5) // 10)])


def reported(server, users, items):
    """What GetSolutionMetrics says when everything is imported: {recipe: row of figures}."""
    world = World(server, "whole").load(lines(users), items and Path(items).read_bytes())
    kinds = ("user", "sims", "ranking")
    world.train(*kinds)
    names = ["coverage", "mean_reciprocal_rank_at_25"]
    names += [f"normalized_discounted_cumulative_gain_at_{cut}" for cut in CUTS] + [f"precision_at_{cut}" for cut in CUTS]
    metrics = {kind: world.personalize.get_solution_metrics(solutionVersionArn=world.versions[kind])["metrics"] for kind in kinds}
    return {kind: [metrics[kind][name] for name in names] for kind in kinds}


def lines(users, without=()):
    rows = (f"{user},{item},{time},{kind}" for user, events in users.items() if user not in without for item, time, kind in events)
    return "\n".join(["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE", *rows]) + "\n"


def measure(server, users, items, chosen, explores=True):
    """One split: {recipe: row of figures}."""
    world = World(server, "quality").load(lines(users, without=chosen), items and Path(items).read_bytes())
    catalogue = {item for events in users.values() for item, _, _ in events}
    if items:
        with Path(items).open(newline="") as file:
            catalogue.update(row["ITEM_ID"] for row in csv.DictReader(file))
    world.train("user", "ranking")
    if not explores:
        world.campaign("user", suffix="-plain", campaignConfig={"itemExplorationConfig": {"explorationWeight": "0"}})
    popular = {}
    for user, events in users.items():
        if user not in chosen:
            for item in {item for item, _, _ in events}:
                popular[item] = popular.get(item, 0) + 1
    pool = sorted(popular, key=lambda item: (-popular[item], item))[:500]
    meters = {kind: Meter(catalogue) for kind in ("user", "sims", "ranking", "ranking by popularity")}
    runtime = server.client("personalize-runtime")
    cuts = {user: max(1, len(users[user]) * 9 // 10) for user in sorted(chosen)}
    for user, cut in cuts.items():
        play(world, user, users[user][:cut])
    world.train("sims")
    for user, cut in cuts.items():
        events = users[user]
        truth = {item for item, _, _ in events[cut:]}
        meters["user"].add([item for item, _ in world.ask("user", user, numResults=25)], truth)
        ranking = runtime.get_personalized_ranking(campaignArn=world.campaigns["ranking"], userId=user, inputList=pool)
        meters["ranking"].add([item["itemId"] for item in ranking["personalizedRanking"]], truth)
        meters["ranking by popularity"].add(pool, truth)
        for place in range(cut, len(events)):
            asked, others = events[place - 1][0], truth - {events[place - 1][0]}
            if others:
                answer = runtime.get_recommendations(campaignArn=world.campaigns["sims"], itemId=asked, numResults=25)
                meters["sims"].add([item["itemId"] for item in answer["itemList"]], others)
    return {kind: meter.row() for kind, meter in meters.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interactions", help="CSV with USER_ID, ITEM_ID, TIMESTAMP, EVENT_TYPE")
    parser.add_argument("items", nargs="?", help="CSV with ITEM_ID, GENRE, YEAR")
    parser.add_argument("--seeds", type=int, default=3, help="how many splits (default 3)")
    options = parser.parse_args()
    users = read(options.interactions)
    with tempfile.TemporaryDirectory() as folder:
        server = harness.Server(folder)
        try:
            said = reported(server, users, options.items)
            same = measure(server, users, options.items, own(users), explores=False)
        finally:
            server.kill()
    heading("the split of GetSolutionMetrics")
    for kind, row in said.items():
        line(f"{kind}, GetSolutionMetrics", row)
        if kind != "ranking":
            line("  the same from outside", same[kind])
        line("  published of the post's data", PUBLISHED[kind])
    results = {}
    for seed in range(1, options.seeds + 1):
        with tempfile.TemporaryDirectory() as folder:
            server = harness.Server(folder)
            try:
                for kind, row in measure(server, users, options.items, drawn(users, seed)).items():
                    results.setdefault(kind, []).append(row)
            finally:
                server.kill()
        print(f"split {seed} done", flush=True)
    heading(f"from outside, mean of {options.seeds} splits")
    for kind, rows in results.items():
        line(kind, [statistics.fmean(column) for column in zip(*rows)])
        line("  deviation from split to split", [statistics.pstdev(column) for column in zip(*rows)])
        if kind in PUBLISHED:
            line("  published of the post's data", PUBLISHED[kind])


def heading(text):
    print(f"\n{text:36}" + "".join(f"{name:>10}" for name in COLUMNS), flush=True)


def line(name, row):
    print(f"{name:36}" + "".join(f"{value:10.4f}" for value in row), flush=True)


if __name__ == "__main__":
    main()
