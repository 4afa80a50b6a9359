#!/usr/bin/env python3
"""Makes the film-night sample data: items.csv, titles.csv and interactions.csv, beside this file or in the directory given.

A small invented film club: 450 members, 2,500 films that do not exist, two years of film nights.
What a recommender can find in it:
- films belong to circles (a genre mood of one era) and members return to the few circles they love;
- a night starts in one circle and may drift to a neighbouring one, so what was seen last says what comes next;
- sequels are watched in order, more often than not on the same night or the next one;
- popularity has a long tail, and a click comes before nearly every watch.

The bytes are the same on every machine and every Python: the generator is spelt out here (SplitMix64), and only
integers, `+ - * /` and comparisons decide anything.
"""

import bisect
import functools
import itertools
import pathlib
import sys

MEMBERS = 450
FILMS = 2500
CIRCLES = 70
SERIES = 150
FIRST_NIGHT = 1_640_995_200  # 2022-01-01T00:00:00Z
LAST_NIGHT = 1_698_624_000  # 2023-10-30T00:00:00Z
DAY = 86_400

GENRES = [
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama",
    "Family", "Fantasy", "History", "Horror", "Musical", "Mystery", "Romance", "Science Fiction", "Thriller",
]
FIRST = (
    "Amber Ashen Brass Broken Burning Candlelit Clockwork Copper Crooked Distant Drowned Electric Emerald Empty Forgotten "
    "Frozen Gentle Gilded Hollow Hungry Idle Inland Ivory Last Lonely Lucky Midnight Nameless Ninth Paper Patient Quiet "
    "Reluctant Restless Rusted Salted Scarlet Second Silver Sleepless Stolen Sunken Tender Thirteenth Unfinished Velvet Wandering Wooden"
).split()
SECOND = (
    "Accordion Admiral Almanac Apiary Archive Beekeeper Bicycle Blackbird Cartographer Carousel Chandelier Comet Conductor Ferry "
    "Gardener Glacier Harbour Heron Inventor Island Juggler Kettle Lantern Librarian Lighthouse Locksmith Meridian Miller Orchard Parade "
    "Pilot Postman Quarry Railway Regatta Saddler Sailmaker Signal Sparrow Staircase Suitcase Tailor Telegraph Theatre Tinker Umbrella Viaduct Weathervane"
).split()
PLACE = (
    "Almendrin Bascombe Corvanna Dunmarrow Eskelby Farrowmere Gant Hallowick Istergard Jorvale Kestermond Lowmarsh Morrenfeld Nether-Ayle "
    "Oskerry Pellwater Quillon Rask Sandovar Tarn Ulvermoor Vantry Westerholm Yarrowby Zell"
).split()
NUMERALS = ["", " II", " III", " IV", " V", " VI"]


class Dice:
    """SplitMix64: one 64-bit counter, well mixed."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        """An integer from 0 to n - 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return (z ^ (z >> 31)) % n

    def percent(self, chance):
        return self.below(100) < chance

    def pick(self, values):
        return values[self.below(len(values))]

    def spread(self, values, count):
        """`count` different values, or all of them when there are fewer."""
        rest = list(values)
        return [rest.pop(self.below(len(rest))) for _ in range(min(count, len(rest)))]

    def early(self, values):
        """One value; the k-th, counted from 0, has a weight of 1 / (k + 3)."""
        return values[bisect.bisect_right(weights_up_to(len(values)), self.below(weights_up_to(len(values))[-1]))]


@functools.cache
def weights_up_to(count):
    """The running sum of the weights, in whole millionths."""
    return list(itertools.accumulate(1_000_000 // (k + 3) for k in range(count)))


class Film:
    def __init__(self, circle, genres, year, title):
        self.circle, self.genres, self.year, self.title = circle, genres, year, title
        self.sequel = None
        self.id = 0


def make_title(dice, taken):
    while True:
        first, second, place = dice.pick(FIRST), dice.pick(SECOND), dice.pick(PLACE)
        title = dice.pick([
            f"The {first} {second}", f"{first} {second}s", f"The {second} of {place}", f"{place} by Night",
            f"{second} for {place}", f"{second} and {dice.pick(SECOND)}", f"The {first} Road to {place}",
        ])
        if title not in taken:
            taken.add(title)
            return title


def make_films(dice):
    """The films, shuffled, so that ids say nothing; and the films of each circle, the best loved first."""
    taken, films, circles = set(), [], []
    for number in range(CIRCLES):
        mood = [GENRES[number % len(GENRES)]] + dice.spread(GENRES, 2)
        circles.append((mood, 1954 + number * 69 // CIRCLES))
    series_left = SERIES
    works = 0
    while len(films) < FILMS:
        # Every circle has at least two works; the earlier a circle, the more it has.
        circle = works % CIRCLES if works < 2 * CIRCLES else min(dice.below(CIRCLES), dice.below(CIRCLES))
        works += 1
        mood, era = circles[circle]
        genres = sorted({mood[0], *dice.spread(mood, dice.below(3))})
        year = min(era + dice.below(12), 2023)
        title = make_title(dice, taken)
        parts = 2 + dice.below(4) if series_left > 0 else 1
        series_left -= 1
        previous = None
        for part in range(min(parts, FILMS - len(films))):
            film = Film(circle, genres, min(year + part * 2, 2023), title + NUMERALS[part])
            if previous:
                previous.sequel = film
            previous = film
            films.append(film)
    shuffled = dice.spread(films, FILMS)
    for number, film in enumerate(shuffled):
        film.id = number + 1
    loved = [[] for _ in circles]
    for film in dice.spread(films, FILMS):
        loved[film.circle].append(film)
    # A series is found by its first part: sequels come after everything else of the circle.
    sequels = {id(film.sequel) for film in films if film.sequel}
    for shelf in loved:
        shelf.sort(key=lambda film: id(film) in sequels)
    return shuffled, loved


def make_nights(dice, member, loved, rows):
    """All nights of one member."""
    favourites = [dice.early(range(CIRCLES)) for _ in range(3 + dice.below(3))]
    nights = 5 + dice.below(12) + (dice.below(30) if dice.percent(25) else 0)
    joined = FIRST_NIGHT + dice.below(500) * DAY
    stay = (LAST_NIGHT - joined) // DAY
    evenings = sorted(dice.spread(range(stay), nights))
    seen, waiting = set(), []
    for evening in evenings:
        now = joined + evening * DAY + (17 + dice.below(5)) * 3600 + dice.below(3600)
        circle = dice.early(favourites)
        last = None
        for _ in range(3 + dice.below(4)):
            film = next_film(dice, circle, loved, last, waiting)
            if film.id in seen:
                film = dice.early(loved[circle])
            if film.id in seen:
                continue
            rows.append((now, member, film.id, "click"))
            now += 20 + dice.below(240)
            if dice.percent(68):
                rows.append((now, member, film.id, "watch"))
                seen.add(film.id)
                now += 4200 + dice.below(3600)
                if film.sequel:
                    waiting.append(film.sequel)
                last = film
            if dice.percent(12):
                circle = (circle + dice.pick([1, CIRCLES - 1])) % CIRCLES
                favourites.append(circle)


def next_film(dice, circle, loved, last, waiting):
    """The sequel of what was just seen, else one that is still waiting, else what the circle loves, else what everybody does."""
    if last and last.sequel and dice.percent(62):
        return last.sequel
    if waiting and dice.percent(22):
        return waiting.pop()
    if dice.percent(88):
        return dice.early(loved[circle])
    return dice.early(loved[dice.below(CIRCLES)])


def write(path, header, rows):
    path.write_bytes("".join(",".join(map(str, row)) + "\n" for row in [header, *rows]).encode())


def main(folder):
    dice = Dice(2121)
    films, loved = make_films(dice)
    rows = []
    for member in range(1, MEMBERS + 1):
        make_nights(dice, member, loved, rows)
    rows.sort()
    write(folder / "items.csv", ("ITEM_ID", "GENRE", "YEAR"), [(f.id, "|".join(f.genres), f.year) for f in films])
    write(folder / "titles.csv", ("ITEM_ID", "TITLE"), [(f.id, f.title) for f in films])
    write(folder / "interactions.csv", ("USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE"), [(u, i, t, e) for t, u, i, e in rows])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
