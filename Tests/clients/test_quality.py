"""GetSolutionMetrics says what a script over HTTP finds, asking about the same users."""

import harness
import pytest
import quality


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    """What the server says of its models, and what is found from outside: {recipe: row of figures} each."""
    users = quality.read(harness.FILMNIGHT / "interactions.csv")
    items = harness.FILMNIGHT / "items.csv"
    server = harness.Server(tmp_path_factory.mktemp("server"))
    try:
        return quality.reported(server, users, items), quality.measure(server, users, items, quality.own(users), explores=False)
    finally:
        server.kill()


@pytest.mark.parametrize("recipe", ["user", "sims"])
def test_the_metrics_are_those_that_are_found_from_outside(figures, recipe):
    said, found = figures
    assert len(said[recipe]) == 8 and said[recipe] == pytest.approx(found[recipe][:8], abs=6e-5)


def test_ranking_by_a_history_is_better_than_by_popularity(figures):
    """The popular pool is asked for here, and the whole catalogue by the server, so only the direction can be held against it."""
    _, found = figures
    assert found["ranking"][4] > 2 * found["ranking by popularity"][4]
