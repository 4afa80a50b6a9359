"""Models that are trained again and again: memory for what is deployed and not for what was."""

import random

from world import World


def interactions(users=8000, items=3000, count=200_000):
    """Many users, so that a model has some megabytes."""
    seeded = random.Random(1)
    lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"]
    for number in range(count):
        item = min(items - 1, int(seeded.expovariate(6 / items)))
        lines.append(f"u{seeded.randrange(users)},i{item},{1_600_000_000 + number * 60},click")
    return "\n".join(lines) + "\n"


def test_retraining_grows_memory_by_one_model_at_most(start, tmp_path):
    server = start("--data-dir", tmp_path / "data")
    world = World(server, "again").load(interactions()).train("user")
    model = max(path.stat().st_size for path in (tmp_path / "data" / "models").iterdir())
    assert model > 4_000_000
    after = []
    for number in range(8):
        world.version("user", name=f"again-{number}")
        world.active("solution_version", solutionVersionArn=world.versions["user"])
        after.append(server.memory())
    assert max(after) - after[0] <= model, (model, after)
