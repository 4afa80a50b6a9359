"""The recommender beside others, same data, same machine, one run.

    python compare.py BENCH RATINGS.csv [--import MADE.csv] [--without-torch]

BENCH is the bench program. RATINGS.csv has userId,movieId,…,timestamp. The question is P2 of `bench engine`: everybody's last item, with
the items of the context left out; NDCG and hit rate at 10. With --import the CSV that `bench engine --sections import --csv MADE.csv` wrote is
read by Polars, pyarrow and DuckDB into dictionary-encoded columns.
"""

import argparse
import csv
import math
import os
import subprocess
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sparse


def read(path):
    with Path(path).open(newline="") as file:
        rows = [(row["userId"], row["movieId"], int(row["timestamp"])) for row in csv.DictReader(file)]
    rows.sort(key=lambda row: row[2])
    items = {item: place for place, item in enumerate(sorted({row[1] for row in rows}))}
    users = {}
    for user, item, _ in rows:
        users.setdefault(user, []).append(items[item])
    return [events for events in users.values() if len(events) >= 2], len(items)


def quality(rank, sequences):
    """rank(user, context) gives the ten best items outside the context."""
    gain = hits = 0.0
    for user, events in enumerate(sequences):
        answer = list(rank(user, events[:-1]))[:10]
        if events[-1] in answer:
            hits += 1
            gain += 1 / math.log2(answer.index(events[-1]) + 2)
    return gain / len(sequences), hits / len(sequences)


def matrix(sequences, items):
    rows = [user for user, events in enumerate(sequences) for _ in events[:-1]]
    columns = [item for events in sequences for item in events[:-1]]
    return sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(sequences), items))


def best(scores, context):
    scores = np.asarray(scores, np.float32).copy()
    scores[context] = -np.inf
    top = np.argpartition(-scores, 10)[:10]
    return top[np.argsort(-scores[top], kind="stable")]


def als(sequences, items):
    from implicit.als import AlternatingLeastSquares
    model = AlternatingLeastSquares(factors=64, regularization=0.05, alpha=10, iterations=15, random_state=1)
    start = time.perf_counter()
    model.fit(matrix(sequences, items), show_progress=False)
    seconds = time.perf_counter() - start
    return seconds, quality(lambda user, context: best(model.item_factors @ model.user_factors[user], context), sequences)


def neighbours(sequences, items):
    from implicit.nearest_neighbours import CosineRecommender
    data = matrix(sequences, items)
    model = CosineRecommender(K=100)
    start = time.perf_counter()
    model.fit(data, show_progress=False)
    seconds = time.perf_counter() - start
    return seconds, quality(lambda user, context: best((data[user] @ model.similarity).toarray()[0], context), sequences)


def sasrec(sequences, items, epochs=150, length=50, width=64, negatives=256):
    """Two layers, one head, next item at every position, sampled softmax; the best epoch by the last item but one, which is not trained on."""
    import torch
    torch.manual_seed(1)

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.items = torch.nn.Embedding(items + 1, width, padding_idx=0)
            self.places = torch.nn.Embedding(length, width)
            layer = torch.nn.TransformerEncoderLayer(width, 1, width, 0.3, batch_first=True, norm_first=True)
            self.layers = torch.nn.TransformerEncoder(layer, 2, torch.nn.LayerNorm(width), enable_nested_tensor=False)
            self.drop = torch.nn.Dropout(0.3)
            torch.nn.init.normal_(self.items.weight, std=width ** -0.5)
            torch.nn.init.normal_(self.places.weight, std=0.02)
            self.mask = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)

        def forward(self, batch):
            return self.layers(self.drop(self.items(batch) * width ** 0.5 + self.places.weight), mask=self.mask)

    def padded(events):
        events = [item + 1 for item in events[-length:]]
        return events + [0] * (length - len(events))

    # Long histories are cut into windows, so that every event is trained on.
    windows = [window for events in sequences for window in
               [events[:-2][start:start + length + 1] for start in range(0, max(1, len(events) - 2), length)] if len(window) > 1]
    inputs = torch.tensor([padded(window[:-1]) for window in windows])
    targets = torch.tensor([padded(window[1:]) for window in windows])
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98))

    def ranker(drop):
        model.eval()
        with torch.no_grad():
            table = model.items.weight[1:]
            answers = []
            for start in range(0, len(sequences), 64):
                part = [events[:len(events) - drop] for events in sequences[start:start + 64]]
                states = model(torch.tensor([padded(events) for events in part]))
                for row, events in enumerate(part):
                    answers.append((states[row, min(len(events), length) - 1] @ table.T).numpy() if events else np.zeros(items))
        model.train()
        return answers

    seconds, start = 0.0, time.perf_counter()
    top, waited, kept = -1.0, 0, None
    for epoch in range(epochs):
        order = torch.randperm(len(inputs))
        for first in range(0, len(order), 32):
            batch = order[first:first + 32]
            states, wanted = model(inputs[batch]), targets[batch]
            live = wanted > 0
            states, wanted = states[live], wanted[live]
            sampled = torch.randint(1, items + 1, (negatives,))
            right = (states * model.items(wanted)).sum(-1, keepdim=True)
            wrong = states @ model.items(sampled).T
            wrong = wrong.masked_fill(sampled[None, :] == wanted[:, None], -1e9)
            loss = torch.nn.functional.cross_entropy(torch.cat([right, wrong], 1), torch.zeros(len(right), dtype=torch.long))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if epoch % 5 == 4:
            # The time to the best epoch counts, not the waiting for a better one, nor the looks at the validation item.
            seconds += time.perf_counter() - start
            answers = ranker(2)
            found, _ = quality(lambda user, context: best(answers[user], context), [events[:-1] for events in sequences])
            if found > top:
                top, waited, reached, kept = found, 0, seconds, {name: value.clone() for name, value in model.state_dict().items()}
            else:
                waited += 1
                if waited == 4:
                    break
            start = time.perf_counter()
    model.load_state_dict(kept)
    answers = ranker(1)
    return reached, quality(lambda user, context: best(answers[user], context), sequences)


def imports(path, threads):
    os.environ["POLARS_MAX_THREADS"] = str(threads)
    import duckdb
    import polars
    import pyarrow
    import pyarrow.csv
    pyarrow.set_cpu_count(threads)
    rows = sum(1 for _ in Path(path).open()) - 1

    def measured(read):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            read()
            times.append(time.perf_counter() - start)
        return rows / min(times) / 1e6

    names = ["USER_ID", "ITEM_ID", "EVENT_TYPE"]
    dictionary = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    options = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, dictionary))
    classes = dict.fromkeys(names, polars.Categorical)
    print(f"with {threads} threads" if threads > 1 else "with one thread")
    print(f"Polars, categorical       {measured(lambda: polars.read_csv(path, schema_overrides=classes)):.2f} M rows/s")
    print(f"pyarrow, dictionaries     {measured(lambda: pyarrow.csv.read_csv(path, convert_options=options)):.2f} M rows/s")
    into, few = "create table t as select * from read_csv(?)", {"threads": threads}
    print(f"DuckDB, into a table      {measured(lambda: duckdb.connect(config=few).execute(into, [str(path)])):.2f} M rows/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bench")
    parser.add_argument("ratings")
    parser.add_argument("--import", dest="made")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="threads of the readers of CSV (default: as many as cores)")
    parser.add_argument("--without-torch", action="store_true")
    options = parser.parse_args()
    if options.made:
        subprocess.run([options.bench, "engine", "--sections", "import", "--csv", options.made], check=True)
        imports(options.made, options.threads)
    sequences, items = read(options.ratings)
    print(f"{len(sequences)} users, {items} items, P2\n{'':28}{'fit s':>8}{'ndcg@10':>9}{'hr@10':>7}", flush=True)
    others = {"implicit, ALS 64": als, "implicit, item-kNN 100": neighbours}
    if not options.without_torch:
        others["torch, SASRec 2 × 64"] = sasrec
    for name, fit in others.items():
        seconds, (gain, hits) = fit(sequences, items)
        print(f"{name:28}{seconds:8.2f}{gain:9.4f}{hits:7.3f}", flush=True)
    subprocess.run([options.bench, "engine", "--sections", "machine,protocols", "--data", options.ratings], check=True)


if __name__ == "__main__":
    main()
